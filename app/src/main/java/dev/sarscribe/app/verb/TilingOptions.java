package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.imagery.radiometry.Recipes;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.stream.tiling.TilingSettings;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** How acquisitions are cut into tiles. */
public final class TilingOptions {
  /** Tiling is a small part of the work beside captioning. */
  private static final int CORES_PER_THREAD = 4;

  @Option(
      names = "--tile-size",
      paramLabel = "PIXELS",
      defaultValue = "512",
      description = "Edge of a tile (default: ${DEFAULT-VALUE}).")
  private int tileSize = 512;

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      defaultValue = "sarlang/1",
      description = "Normalisation recipe (default: ${DEFAULT-VALUE}).")
  private String recipe = "sarlang/1";

  @Option(
      names = "--tiling-threads",
      paramLabel = "N",
      description = "Row bands read at once (default: one per 4 cores).")
  private int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / CORES_PER_THREAD);

  /**
   * The settings of a tiling stage.
   *
   * @throws CommandFailedException if an option is out of range or names no recipe
   */
  TilingSettings settings(KafkaConnection kafka, String instance, Path state)
      throws CommandFailedException {
    try {
      Recipes.named(recipe);
      return new TilingSettings(
          kafka,
          "sarscribe-tiling",
          instance,
          state,
          threads,
          tileSize,
          Math.min(TilingSettings.DEFAULT_MIN_TILE_EDGE_PX, tileSize),
          TilingSettings.DEFAULT_MIN_VALID_FRACTION,
          recipe);
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }
}
