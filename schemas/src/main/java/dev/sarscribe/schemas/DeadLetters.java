package dev.sarscribe.schemas;

import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.Stage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Builds dead letters, so that every stage refuses input in the same words. */
public final class DeadLetters {
  /** What fits beside the original bytes in a record of the topic's limit. */
  private static final int ENVELOPE_BYTES = 64 * 1024;

  private static final int MAX_ORIGINAL_BYTES = Topics.MAX_RECORD_BYTES - ENVELOPE_BYTES;

  /** Our own keys are at most a few hundred bytes; somebody else's may be anything. */
  private static final int MAX_KEY_BYTES = 4 * 1024;

  private static final int MAX_SCENE_CHARS = 1000;

  /** A message is for reading; parsers quote what they choked on. */
  private static final int MAX_MESSAGE_CHARS = 2000;

  private DeadLetters() {}

  /** Where a refused record came from. */
  public record Origin(String topic, int partition, long offset, byte[] key, byte[] value) {}

  /** A record of a topic that a stage could not process. */
  public static DeadLetter ofRecord(
      Stage stage, String scene, String reason, String message, Origin origin) {
    return base(stage, scene, reason, message)
        .setTopic(origin.topic())
        .setPartition(origin.partition())
        .setOffset(origin.offset())
        .setKey(bounded(origin.key(), MAX_KEY_BYTES))
        .setValue(bounded(origin.value(), MAX_ORIGINAL_BYTES))
        .build();
  }

  /**
   * What a feed found and could not publish.
   *
   * @param original what leads back to it: a path, or an item's metadata
   */
  public static DeadLetter ofInput(String scene, String reason, String message, String original) {
    return base(Stage.FEED, scene, reason, message)
        .setValue(bounded(original.getBytes(StandardCharsets.UTF_8), MAX_ORIGINAL_BYTES))
        .build();
  }

  private static DeadLetter.Builder base(Stage stage, String scene, String reason, String text) {
    String message = text == null ? reason : text;
    return DeadLetter.newBuilder()
        .setScene(bounded(scene, MAX_SCENE_CHARS))
        .setStage(stage)
        .setReason(reason)
        .setMessage(bounded(message, MAX_MESSAGE_CHARS))
        .setTime(Instant.now());
  }

  private static String bounded(String text, int limit) {
    return text.substring(0, Math.min(text.length(), limit));
  }

  private static ByteBuffer bounded(byte[] bytes, int limit) {
    return bytes == null || bytes.length > limit ? null : ByteBuffer.wrap(bytes);
  }
}
