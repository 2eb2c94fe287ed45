package dev.sarscribe.producer;

import dev.sarscribe.schemas.avro.Acquisition;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * An item that a feed has found.
 *
 * @param item its name within the feed, stable over polls; at most {@value #MAX_ITEM_CHARS}
 *     characters
 * @param fingerprint equal as long as the item has not changed
 * @param time by which the feed reads on; empty where items have none, and then their bookmarks are
 *     kept for ever
 * @param content what the item holds; called at most once, and only if the item is new
 */
public record Offer(
    String item, String fingerprint, Optional<Instant> time, Supplier<Content> content) {
  /** A path of the longest kind fits; a key of a topic must not grow without limit. */
  public static final int MAX_ITEM_CHARS = 5000;

  private static final int MAX_FINGERPRINT_CHARS = 500;

  public Offer {
    if (item.isEmpty() || item.length() > MAX_ITEM_CHARS) {
      throw new IllegalArgumentException("an item's name has 1 to " + MAX_ITEM_CHARS + " letters");
    }
    if (fingerprint.length() > MAX_FINGERPRINT_CHARS) {
      throw new IllegalArgumentException("the fingerprint of " + item + " is too long");
    }
  }

  /** What became of an item that was looked at. */
  public sealed interface Content {
    /** It can be published. */
    record Usable(Acquisition acquisition) implements Content {}

    /**
     * It becomes a dead letter.
     *
     * @param reason the dead letter's code
     * @param message names the item and the cause
     * @param original what leads back to it: its path or its metadata
     */
    record Unusable(String reason, String message, String original) implements Content {}
  }
}
