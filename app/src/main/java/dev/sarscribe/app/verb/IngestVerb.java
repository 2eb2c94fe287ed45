package dev.sarscribe.app.verb;

import dev.sarscribe.producer.Publication;
import dev.sarscribe.producer.Publisher;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes products to a running broker. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    header = "Publish products to a running broker.",
    description = {
      "Opens each product's metadata and publishes it as an acquisition. A product that cannot be",
      "opened becomes a dead letter. Offering the same unchanged product again does nothing.",
      "Exit code 1 if any product was refused."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe ingest S1A_IW_GRDH_1SDV_20240101T000000_….SAFE",
      "  sarscribe ingest -b kafka:9092 scenes/*.tif"
    })
public final class IngestVerb implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", arity = "1..*", description = "GeoTIFF, .SAFE folder or .zip.")
  private List<Path> paths = List.of();

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    boolean refused = false;
    kafka.ensureTopics();
    try (Publisher publisher = Publisher.oneShot(kafka.interactive())) {
      for (Path path : paths) {
        Publication publication = publisher.publish(path);
        refused |= publication instanceof Publication.Refused;
        out.println(describe(path, publication));
        out.flush();
      }
    }
    return refused ? 1 : 0;
  }

  private static String describe(Path path, Publication publication) {
    if (publication instanceof Publication.Published p) {
      return "published  %s  from %s".formatted(p.acquisitionId(), path);
    }
    if (publication instanceof Publication.Refused r) {
      return "refused    %s (%s)".formatted(r.message(), r.reason());
    }
    return "unchanged  %s  was published before".formatted(publication.acquisitionId());
  }
}
