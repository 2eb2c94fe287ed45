package dev.sarscribe.app.verb;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.producer.stac.StacItemWriter;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes the acquisitions as STAC items. */
@Command(
    name = "stac",
    mixinStandardHelpOptions = true,
    header = "Write the acquisitions as STAC 1.1 items.",
    description = {
      "Reads sar.acquisitions.v1 to its end as of now. Without --out each item is one line on"
          + " standard output, in the order of the topic's partitions; an acquisition that was"
          + " published several times is written as often, the newest last. With --out the newest"
          + " is a file of its own, named by the acquisition.",
      "An acquisition without a time is no STAC item; it is counted and named on standard error."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe stac --out items/",
      "  sarscribe stac --acquisition S1A_IW_GRDH_1SDV_20210809T173953_20210809T174018_039156_049F13",
      "  sarscribe stac | rustac translate - items.parquet"
    })
public final class StacVerb implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Ids of our own feeds are of these; no other may become a file's name. */
  private static final String FILE_NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write DIR/<acquisition>.json instead of lines; DIR is created.")
  private Path folder;

  @Option(
      names = "--acquisition",
      paramLabel = "ID",
      description = "Only this acquisition; fails if there is none of that id.")
  private String acquisitionId;

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  private final Set<String> written = new HashSet<>();
  private final Set<String> refused = new HashSet<>();

  @Override
  public Integer call() throws Exception {
    if (folder != null) {
      Files.createDirectories(folder);
    }
    try (var reader =
        new TopicReader<>(kafka.interactive(), Topics.ACQUISITIONS, TopicReader.Start.BEGINNING)) {
      reader.drain(this::accept);
      if (reader.malformed() > 0) {
        tell(reader.malformed() + " records cannot be read; the log names them");
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (acquisitionId != null && written.isEmpty() && refused.isEmpty()) {
      throw new CommandFailedException("no acquisition " + acquisitionId);
    }
    if (!refused.isEmpty()) {
      tell(refused.size() + " acquisitions are no STAC items");
    }
    if (folder != null) {
      tell("%d items are in %s".formatted(written.size(), folder));
    }
    return 0;
  }

  private void accept(Acquisition acquisition) {
    String id = acquisition.getSource().getAcquisitionId();
    if (acquisitionId != null && !acquisitionId.equals(id)) {
      return;
    }
    Optional<ObjectNode> item = StacItemWriter.item(acquisition);
    if (item.isEmpty()) {
      refuse(id, "nothing says when it was acquired");
    } else if (folder == null) {
      print(item.orElseThrow());
      written.add(id);
    } else if (!id.matches(FILE_NAME)) {
      refuse(id, "its id is not fit for a file's name");
    } else {
      write(id, item.orElseThrow());
      written.add(id);
    }
  }

  private void refuse(String id, String cause) {
    if (refused.add(id)) {
      tell(id + ": " + cause);
    }
  }

  private void print(ObjectNode item) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(item);
    out.flush();
  }

  /** Whole or not at all, also if the disk is full. */
  private void write(String id, ObjectNode item) {
    Path file = folder.resolve(id + ".json");
    Path part = folder.resolve(id + ".json.part");
    try {
      Files.writeString(
          part, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(item) + "\n");
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void tell(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(text);
    err.flush();
  }
}
