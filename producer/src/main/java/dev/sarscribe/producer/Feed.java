package dev.sarscribe.producer;

import java.io.IOException;

/**
 * A place where acquisitions appear. A feed looks and offers; what is new, what is published and
 * what happens after a failure is the business of {@link FeedRunner}. One thread calls it.
 */
public interface Feed {
  /**
   * Names the feed's bookmarks, its status and its transactions: two feeds of one name exclude each
   * other, and another name starts anew.
   */
  String name();

  /** What kind of place it reads: {@code directory}, {@code stac}. */
  String kind();

  /** The place for people: a path or a URL, without secrets. */
  String location();

  /**
   * Looks at the place once and offers what is there, page by page in any order. The runner drops
   * what it knows, so a feed may offer everything each time; it asks {@link FeedSink#find} where
   * looking closer costs something. Returns early when the sink has no room.
   *
   * @throws FeedException if the place answers in a way that only a person can change, or not now
   * @throws IOException if the place cannot be read now; the next poll tries again
   * @throws InterruptedException if the feed is to end
   * @throws org.apache.kafka.common.KafkaException from the sink, if the broker did not commit
   */
  void poll(FeedSink sink) throws FeedException, IOException, InterruptedException;

  /** Ends a request under way, since the feed is to end; any thread calls it. */
  default void cancel() {}

  /**
   * Whether {@link FeedSink#find} must tell the acquisition ids of items published before; else
   * only digests of them are held in memory.
   */
  default boolean needsAcquisitionIds() {
    return false;
  }
}
