package dev.sarscribe.app.verb;

import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.imagery.simulate.TrainingTiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes simulated scenes or training tiles, with their truth. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    header = "Write simulated scenes or training tiles, with their truth.",
    description =
        "The same options give the same bytes. Scenes appear under their final name only when they"
            + " are complete, so DIR may be a watched folder; their truth (boxes, land cover) goes"
            + " to --truth, which should not be watched.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe simulate data/incoming",
      "  sarscribe simulate full --width 25000 --height 16700",
      "  sarscribe simulate scenes --format geotiff --kind airport --spacing 1",
      "  sarscribe simulate training --format tiles --count 2000 --width 256"
    })
public final class SimulateVerb implements Callable<Integer> {
  private static final long QUIET_NANOS = 5_000_000_000L;

  /** What is written. */
  enum Format {
    SAFE,
    GEOTIFF,
    TILES
  }

  @Parameters(paramLabel = "DIR", description = "Folder to write to; created if need be.")
  private Path directory;

  @Option(
      names = "--format",
      defaultValue = "safe",
      description =
          "safe: Sentinel-1 IW GRDH folders; geotiff: VV and VH amplitude; tiles: labelled 8-bit"
              + " PNGs to train on (default: ${DEFAULT-VALUE}).")
  private Format format = Format.SAFE;

  @Option(
      names = "--count",
      defaultValue = "1",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int count = 1;

  @Option(
      names = "--width",
      defaultValue = "3000",
      description = "Columns; of tiles: the edge (default: ${DEFAULT-VALUE}).")
  private int width = 3000;

  @Option(
      names = "--height",
      defaultValue = "2500",
      description = "Rows (default: ${DEFAULT-VALUE}).")
  private int height = 2500;

  @Option(
      names = "--kind",
      defaultValue = "mixed",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private SceneKind kind = SceneKind.MIXED;

  @Option(
      names = "--spacing",
      paramLabel = "METRES",
      defaultValue = "10",
      description = "Size of a pixel; .SAFE scenes have 10 m (default: ${DEFAULT-VALUE}).")
  private double spacing = SceneSpec.SENTINEL1_SPACING_M;

  @Option(
      names = "--seed",
      defaultValue = "7",
      description = "Of everything random (default: ${DEFAULT-VALUE}).")
  private long seed = 7;

  @Option(
      names = "--truth",
      paramLabel = "DIR",
      description = "Folder of the truth (default: DIR with -truth at its end).")
  private Path truth;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (count < 1) {
      throw new ParameterException(spec.commandLine(), "--count must be 1 or more");
    }
    PrintWriter out = spec.commandLine().getOut();
    try {
      if (format == Format.TILES) {
        TrainingTiles.write(count, width, seed, directory, progress("tiles"));
        out.println("%d tiles in %s".formatted(count, directory));
      } else {
        scenes(out);
      }
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    out.flush();
    return 0;
  }

  private void scenes(PrintWriter out) throws IOException {
    Path truthFolder = truth == null ? truthBeside(directory) : truth;
    for (int i = 0; i < count; i++) {
      SceneSpec scene =
          new SceneSpec(width, height, seed + i, spacing, kind, SceneSpec.SENTINEL1_LOOKS);
      out.println(write(scene, truthFolder));
      out.flush();
    }
  }

  private Path write(SceneSpec scene, Path truthFolder) throws IOException {
    if (format == Format.SAFE) {
      return SceneSimulator.writeSafe(
          scene, directory, truthFolder, progress("rows of seed " + scene.seed()));
    }
    String name = "%s-%d.tif".formatted(kind.name().toLowerCase(Locale.ROOT), scene.seed());
    Path file = directory.resolve(name);
    SceneSimulator.writeGeoTiff(scene, file, truthFolder, progress("rows of " + name));
    return file;
  }

  /** Says each tenth on the error stream, but nothing about work of a few seconds. */
  private ProgressListener progress(String what) {
    PrintWriter err = spec.commandLine().getErr();
    long start = System.nanoTime();
    int[] told = {0};
    return (done, total) -> {
      int tenth = (int) (10L * done / total);
      if (tenth > told[0] && System.nanoTime() - start > QUIET_NANOS) {
        told[0] = tenth;
        err.println("%d %% of %,d %s".formatted(10 * tenth, total, what));
        err.flush();
      }
    };
  }

  private static Path truthBeside(Path directory) {
    Path folder = directory.toAbsolutePath().normalize();
    return folder.resolveSibling(folder.getFileName() + "-truth");
  }
}
