package dev.sarscribe.producer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where a {@link Feed} offers what it finds. Used by the thread that polls. */
public interface FeedSink {
  /** Everything up to this time is published, but for what appears late; empty at first. */
  Optional<Instant> cursor();

  /**
   * Whether an item is published just as it is.
   *
   * @return with the acquisition's id if the feed needs them, else with the item's name
   */
  Optional<Publication.AlreadyPublished> find(String item, String fingerprint);

  /**
   * Publishes what is new of a page and moves the cursor, in as few transactions as the pace of the
   * feed allows: usually one. Items that are known are dropped. If the poll's limit cuts the page,
   * the cursor stays.
   *
   * @return what became of the items that were not known
   * @throws InterruptedException if the feed is to end; what is not published is offered again
   * @throws org.apache.kafka.common.KafkaException if the broker did not commit
   */
  List<Publication> publish(FeedPage page) throws InterruptedException;

  /** Whether this poll may publish more; if not, the feed returns without moving its cursor. */
  boolean hasRoom();

  /** Tells how many items the place says are still to be read; for people only. */
  void backlog(long items);
}
