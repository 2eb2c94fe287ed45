package dev.sarscribe.stream.caption;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The tiles between the poll thread and the inference thread of a worker. Every tile carries the
 * generation in which it was fetched. {@link #reset} drops all that is in flight: it starts a new
 * generation, after which nothing of an older one can be committed, and asks the poll thread to
 * rewind to the committed offsets. Thread-safe.
 */
final class Flight {
  /** How often a waiting thread looks whether it should stop. */
  private static final long WAIT_MS = 100;

  private final BlockingQueue<Tagged> queue;
  private final AtomicBoolean rewind = new AtomicBoolean();

  /** Held while a batch is committed and while the generation changes: never both. */
  private final ReentrantLock gate = new ReentrantLock();

  private final AtomicLong generation = new AtomicLong();
  private volatile ConsumerGroupMetadata group;

  Flight(int capacity) {
    queue = new ArrayBlockingQueue<>(capacity);
  }

  /** A fetched tile and its generation. */
  record Tagged(long generation, Fetched fetched) {}

  /** Tiles of one generation, in the order of their offsets within each partition. */
  record Batch(long generation, List<Fetched> tiles) {
    /** What is to be committed with them. */
    Map<TopicPartition, OffsetAndMetadata> offsets() {
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      for (Fetched tile : tiles) {
        offsets.put(tile.partition(), new OffsetAndMetadata(tile.record().offset() + 1));
      }
      return offsets;
    }
  }

  /** What a batch does to be committed. */
  interface Commit {
    void run(ConsumerGroupMetadata group);
  }

  /** To be read before the poll whose records it will tag. */
  long generation() {
    return generation.get();
  }

  /** The consumer's membership, as of its latest poll. */
  void join(ConsumerGroupMetadata metadata) {
    group = metadata;
  }

  /** Hands a tile over if there is room within the wait. */
  boolean offer(Tagged tile, Duration wait) throws InterruptedException {
    return queue.offer(tile, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The next tiles: up to {@code max}, waiting for more than one up to {@code delay}. */
  Batch take(int max, Duration delay) throws InterruptedException {
    List<Tagged> taken = new ArrayList<>(max);
    Tagged first = queue.poll(WAIT_MS, TimeUnit.MILLISECONDS);
    long deadline = System.nanoTime() + delay.toNanos();
    for (Tagged next = first; next != null; ) {
      taken.add(next);
      if (taken.size() == max) {
        break;
      }
      long left = Math.max(0, deadline - System.nanoTime());
      next = queue.poll(left, TimeUnit.NANOSECONDS);
    }
    long current = generation.get();
    List<Fetched> tiles =
        taken.stream().filter(t -> t.generation() == current).map(Tagged::fetched).toList();
    return new Batch(current, tiles);
  }

  /**
   * Commits a batch unless it was dropped meanwhile.
   *
   * @return false if it was dropped
   */
  boolean commit(Batch batch, Commit commit) {
    gate.lock();
    try {
      if (batch.generation() != generation.get()) {
        return false;
      }
      commit.run(group);
      return true;
    } finally {
      gate.unlock();
    }
  }

  /** Drops all that is in flight; waits for a commit that is under way. */
  void reset() {
    gate.lock();
    try {
      // In this order: who reads the new generation also sees that it has to rewind.
      rewind.set(true);
      generation.incrementAndGet();
      queue.clear();
    } finally {
      gate.unlock();
    }
  }

  /** Whether the poll thread has to rewind; asked once per reset. */
  boolean takeRewind() {
    return rewind.getAndSet(false);
  }
}
