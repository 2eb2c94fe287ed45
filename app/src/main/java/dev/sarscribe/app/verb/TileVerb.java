package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.Logs;
import dev.sarscribe.app.service.Observation;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the tiling stage against a broker. */
@Command(
    name = "tile",
    mixinStandardHelpOptions = true,
    header = "Run the tiling stage on a broker: acquisitions to normalised tiles.",
    description = {
      "Takes acquisitions from the broker, cuts and normalises their tiles until Ctrl-C. Any number",
      "of such processes share the work; all must see local products under the same paths. Products",
      "named by https: or s3: URIs are read where they are, or downloaded into a cache."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe tile -b kafka:9092 --tile-size 512",
      "  sarscribe tile -b kafka:9092 --allow-host *.copernicus.eu --credentials logins.yaml"
    })
public final class TileVerb implements Callable<Integer> {
  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Folder of the local state, which the broker can rebuild.")
  private Path state = Logs.defaultFolder().resolve("state");

  @Mixin private TilingOptions tiling;
  @Mixin private AssetOptions access;
  @Mixin private KafkaOptions kafka;
  @Mixin private ObservationOptions observing;
  @Mixin private InstanceOption instance;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    try (Observation observation = observing.open(out)) {
      return new StageRuns(out).tile(kafka, tiling, access, instance.name(), state, observation);
    }
  }
}
