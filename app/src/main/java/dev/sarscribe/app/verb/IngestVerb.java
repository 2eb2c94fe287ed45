package dev.sarscribe.app.verb;

import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.app.feed.BacklogPace;
import dev.sarscribe.app.feed.FeedRun;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.producer.LocalProducts;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Publication;
import dev.sarscribe.producer.Publisher;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.stream.progress.ProgressWatcher;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes products to a running broker: files, or a range of time of a STAC API. */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    header = "Publish products, or a range of time of a STAC API, to a running broker.",
    description = {
      "Opens each product's metadata and publishes it as an acquisition. A product that cannot be",
      "opened becomes a dead letter. Offering the same unchanged product again does nothing.",
      "Exit code 1 if any product was refused.",
      "",
      "With --stac, fills in the items of a range of time beside a live feed, in no hurry: it",
      "publishes only while no other acquisition is unfinished. Interrupted, the same command goes",
      "on where it was."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe ingest S1A_IW_GRDH_1SDV_20240101T000000_….SAFE",
      "  sarscribe ingest -b kafka:9092 scenes/*.tif",
      "  sarscribe ingest --stac https://planetarycomputer.microsoft.com/api/stac/v1 \\",
      "      --collection sentinel-1-grd --from 2024-01-01 --to 2024-02-01 --bbox 5,50,15,56"
    })
public final class IngestVerb implements Callable<Integer> {
  private static final Duration RETRY_INTERVAL = Duration.ofMinutes(1);

  @Parameters(paramLabel = "PATH", arity = "0..*", description = "GeoTIFF, .SAFE folder or .zip.")
  private List<Path> paths = List.of();

  @Option(names = "--stac", paramLabel = "URL", description = "Root of an API or a catalogue.")
  private URI url;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "With --stac: first time, 2024-01-01 for instance.")
  private Instant from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "With --stac: last time.")
  private Instant to;

  @Option(
      names = "--max-backlog",
      paramLabel = "N",
      defaultValue = "4",
      description =
          "With --stac: most acquisitions of its own that are unfinished (default:"
              + " ${DEFAULT-VALUE}).")
  private int maxBacklog = 4;

  @Mixin private StacOptions stac;
  @Mixin private AccessOptions http;
  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (url == null && paths.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "give a PATH, or --stac with a URL");
    }
    return url == null ? ingestFiles() : ingestRange();
  }

  private int ingestFiles() throws Exception {
    if (from != null || to != null) {
      throw new ParameterException(spec.commandLine(), "--from and --to are for --stac");
    }
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
        Offer offer = LocalProducts.offer(path, publisher.feed());
        Publication publication = publisher.publish(FeedPage.of(List.of(offer))).get(0);
        refused |= publication instanceof Publication.Refused;
        out.println(describe(path, publication));
        out.flush();
      }
    }
    return refused ? 1 : 0;
  }

  private int ingestRange() throws Exception {
    requireRange();
    String name = StacNames.of("ingest", url, stac.identity(url, from + "/" + to));
    StacFeed.Settings settings =
        stac.settings(name, url, Optional.of(from), Optional.of(to), Duration.ZERO);
    PrintWriter out = spec.commandLine().getOut();
    kafka.ensureTopics();
    try (HttpAccess access = http.open();
        ProgressWatcher watcher = ProgressWatcher.open(kafka.connection())) {
      var pace = new BacklogPace(watcher, maxBacklog, out::println);
      FeedRun.End end =
          new FeedRun(out)
              .run(
                  new StacFeed(settings, access),
                  kafka.connection(),
                  FeedRunner.Settings.every(RETRY_INTERVAL).once(Integer.MAX_VALUE).withPace(pace));
      FeedStatus status = end.status();
      out.printf(
          "%s: %d published, %d refused from %s to %s%n",
          end.complete() ? "done" : "stopped, the same command goes on",
          status.getPublished(),
          status.getRefused(),
          from,
          to);
      out.flush();
      return end.complete() && status.getRefused() == 0 ? 0 : 1;
    }
  }

  private void requireRange() {
    List<String> problems = new ArrayList<>();
    if (!paths.isEmpty()) {
      problems.add("a PATH and --stac exclude each other");
    }
    if (from == null || to == null || !from.isBefore(to)) {
      problems.add("--stac needs --from and a later --to");
    }
    if (maxBacklog < 1) {
      problems.add("--max-backlog is 1 or more");
    }
    stac.check(url, problems);
    http.check(problems);
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
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
