package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.KafkaConnection;
import java.time.Duration;

/**
 * How tiles are captioned.
 *
 * @param kafka where the broker and the registry are
 * @param groupId consumer group; the same on every instance
 * @param instanceId names this instance for good, so that it resumes at once after a crash; unique
 *     within the group
 * @param workers captioners that work side by side
 * @param batchMax most tiles in one call of the model
 * @param batchMaxDelay how long a batch waits to be filled
 * @param minConfidence below which texts are flagged
 */
public record CaptionSettings(
    KafkaConnection kafka,
    String groupId,
    String instanceId,
    int workers,
    int batchMax,
    Duration batchMaxDelay,
    MinConfidence minConfidence) {
  private static final int MAX_WORKERS = 64;

  /** Eight batches are held in memory, 0.7 MiB for each full tile: 1.4 GiB at this limit. */
  private static final int MAX_BATCH = 256;

  /** Longer would only delay the tiles: the queue fills while the model works. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);

  public CaptionSettings {
    requireName("groupId", groupId);
    requireName("instanceId", instanceId);
    requireWithin("workers", workers, MAX_WORKERS);
    requireWithin("batchMax", batchMax, MAX_BATCH);
    if (batchMaxDelay.isNegative() || batchMaxDelay.compareTo(MAX_DELAY) > 0) {
      throw new IllegalArgumentException(
          "batchMaxDelay is %s; it must be between 0 and %s".formatted(batchMaxDelay, MAX_DELAY));
    }
  }

  /** The same in another consumer group. */
  CaptionSettings withGroupId(String id) {
    return new CaptionSettings(
        kafka, id, instanceId, workers, batchMax, batchMaxDelay, minConfidence);
  }

  /** Names a worker in the consumer group and among transactions, stable over restarts. */
  String workerId(int worker) {
    return "%s-%s-%d".formatted(groupId, instanceId, worker);
  }

  private static void requireName(String field, String name) {
    if (!name.matches("[a-zA-Z0-9._-]{1,100}")) {
      throw new IllegalArgumentException(
          "%s '%s' must be 1 to 100 letters, digits, dots, dashes or underscores"
              .formatted(field, name));
    }
  }

  private static void requireWithin(String field, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; it must be between 1 and %d".formatted(field, value, max));
    }
  }
}
