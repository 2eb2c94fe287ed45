package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.KafkaConnection;
import java.nio.file.Path;

/**
 * How acquisitions become tiles.
 *
 * @param kafka where the broker and the registry are
 * @param applicationId consumer group and name of the state; the same on every instance
 * @param instanceId names this instance for good, so that it resumes at once after a crash; unique
 *     within the application
 * @param stateDir folder of the local state, which the changelog topics can rebuild
 * @param threads stream threads; each reads one band at a time
 * @param tileSize edge of a full tile in pixels
 * @param minTileEdgePx tiles at the scene's edge that are narrower or lower are rejected
 * @param minValidFraction tiles with a smaller share of valid pixels are rejected, 0 to 1
 * @param recipe name and version of the normalisation recipe, for instance {@code sarlang/1}
 */
public record TilingSettings(
    KafkaConnection kafka,
    String applicationId,
    String instanceId,
    Path stateDir,
    int threads,
    int tileSize,
    int minTileEdgePx,
    double minValidFraction,
    String recipe) {
  /** A tile below this shows nothing that a caption could tell. */
  public static final int DEFAULT_MIN_TILE_EDGE_PX = 64;

  public static final double DEFAULT_MIN_VALID_FRACTION = 0.5;

  /** 1 MiB of pixels: the tile and its PNG fit into a record of the tiles topic. */
  private static final int MAX_TILE_SIZE = 1024;

  private static final int MIN_TILE_SIZE = 16;
  private static final int MAX_THREADS = 256;

  public TilingSettings {
    requireName("applicationId", applicationId);
    requireName("instanceId", instanceId);
    requireWithin("threads", threads, 1, MAX_THREADS);
    requireWithin("tileSize", tileSize, MIN_TILE_SIZE, MAX_TILE_SIZE);
    requireWithin("minTileEdgePx", minTileEdgePx, 1, tileSize);
    if (!(minValidFraction >= 0 && minValidFraction <= 1)) {
      throw new IllegalArgumentException(
          "minValidFraction is %s; it must be between 0 and 1".formatted(minValidFraction));
    }
    if (recipe.isBlank()) {
      throw new IllegalArgumentException("recipe is not set");
    }
  }

  /** Kafka allows these characters in group, transaction and topic names. */
  private static void requireName(String field, String name) {
    if (!name.matches("[a-zA-Z0-9._-]{1,100}")) {
      throw new IllegalArgumentException(
          "%s '%s' must be 1 to 100 letters, digits, dots, dashes or underscores"
              .formatted(field, name));
    }
  }

  private static void requireWithin(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between %d and %d".formatted(field, value, min, max));
    }
  }
}
