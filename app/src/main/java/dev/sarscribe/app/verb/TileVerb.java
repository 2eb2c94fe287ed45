package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.Logs;
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
      "of such processes share the work; all must see the products under the same paths."
    },
    footerHeading = "%nExample:%n",
    footer = "  sarscribe tile -b kafka:9092 --tile-size 512")
public final class TileVerb implements Callable<Integer> {
  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Folder of the local state, which the broker can rebuild.")
  private Path state = Logs.defaultFolder().resolve("state");

  @Mixin private TilingOptions tiling;
  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    return new StageRuns(spec.commandLine().getOut()).tile(kafka, tiling, state);
  }
}
