package dev.sarscribe.stream.caption;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The tiles between the threads of a worker: fetched ones wait for the inference thread, described
 * batches wait for the commit thread, both in the order of their offsets and both bounded.
 *
 * <p>Every tile carries the generation in which it was fetched. {@link #reset} drops all that is in
 * flight: it starts a new generation, after which nothing of an older one can be committed, however
 * far it had come, and asks the poll thread to rewind to the committed offsets. Thread-safe.
 */
final class Flight {
  /** How often a waiting thread looks whether it should stop. */
  private static final long WAIT_MS = 100;

  private final BlockingQueue<Tagged> fetched;
  private final BlockingQueue<Described> described;
  private final AtomicBoolean rewind = new AtomicBoolean();

  /**
   * Held while a transaction is committed and while the generation changes: never both. Fair, so
   * that a revocation waits for one commit and not for those behind it.
   */
  private final ReentrantLock gate = new ReentrantLock(true);

  private final AtomicLong generation = new AtomicLong();
  private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
  private volatile ConsumerGroupMetadata group;
  private volatile boolean ended;

  /**
   * @param tiles most that wait for the inference thread
   * @param batches most that wait for the commit thread
   */
  Flight(int tiles, int batches) {
    fetched = new ArrayBlockingQueue<>(tiles);
    described = new ArrayBlockingQueue<>(batches);
  }

  /** A fetched tile and its generation. */
  record Tagged(long generation, Fetched fetched) {}

  /** Tiles of one generation, in the order of their offsets within each partition. */
  record Batch(long generation, List<Fetched> tiles) {}

  /** A batch that the engine has done; what is written about its tiles is being made. */
  record Described(Batch batch, List<Future<TileResult>> results) {
    boolean isMade() {
      return results.stream().allMatch(Future::isDone);
    }
  }

  /** What is done with offsets to commit them. */
  @FunctionalInterface
  interface Commit {
    void run(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group);
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
    return fetched.offer(tile, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The next tiles: up to {@code max}, waiting for more than one up to {@code delay}. */
  Batch take(int max, Duration delay) throws InterruptedException {
    List<Tagged> taken = new ArrayList<>(max);
    Tagged first = fetched.poll(WAIT_MS, TimeUnit.MILLISECONDS);
    long deadline = System.nanoTime() + delay.toNanos();
    for (Tagged next = first; next != null; ) {
      taken.add(next);
      if (taken.size() == max) {
        break;
      }
      long left = Math.max(0, deadline - System.nanoTime());
      next = fetched.poll(left, TimeUnit.NANOSECONDS);
    }
    long current = generation.get();
    List<Fetched> tiles =
        taken.stream().filter(t -> t.generation() == current).map(Tagged::fetched).toList();
    return new Batch(current, tiles);
  }

  /**
   * Hands a batch over to the commit thread, waiting for room as long as it takes.
   *
   * @return false if the flight has ended
   */
  boolean handOver(Described batch) throws InterruptedException {
    while (!ended) {
      if (described.offer(batch, WAIT_MS, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The next batches to be committed together: the first that comes within a moment, and those
   * behind it that need not be waited for. All are of one generation.
   */
  List<Described> takeDescribed() throws InterruptedException {
    List<Described> taken = new ArrayList<>();
    Described next = described.poll(WAIT_MS, TimeUnit.MILLISECONDS);
    while (next != null) {
      taken.add(next);
      // Only the commit thread takes: what it has seen at the head is still there.
      next = described.peek();
      next = next != null && next.isMade() ? described.poll() : null;
    }
    long current = generation.get();
    return taken.stream().filter(d -> d.batch().generation() == current).toList();
  }

  /**
   * Commits batches of one generation unless they were dropped meanwhile.
   *
   * @return false if they were dropped
   */
  boolean commit(List<Described> batches, Commit commit) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Described described : batches) {
      for (Fetched tile : described.batch().tiles()) {
        offsets.put(tile.partition(), new OffsetAndMetadata(tile.record().offset() + 1));
      }
    }
    gate.lock();
    try {
      if (batches.get(0).batch().generation() != generation.get()) {
        return false;
      }
      commit.run(offsets, group);
      offsets.forEach((partition, offset) -> committed.put(partition, offset.offset()));
      return true;
    } finally {
      gate.unlock();
    }
  }

  /** The offset that this worker has committed last, if any. */
  OptionalLong committed(TopicPartition partition) {
    Long offset = committed.get(partition);
    return offset == null ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** Drops all that is in flight; waits for a commit that is under way. */
  void reset() {
    gate.lock();
    try {
      // In this order: who reads the new generation also sees that it has to rewind.
      rewind.set(true);
      generation.incrementAndGet();
      fetched.clear();
      described.clear();
    } finally {
      gate.unlock();
    }
  }

  /** Whether the poll thread has to rewind; asked once per reset. */
  boolean takeRewind() {
    return rewind.getAndSet(false);
  }

  /** Nothing is committed any more: lets go who waits for room. */
  void end() {
    ended = true;
  }

  /** Tiles that wait for the engine. */
  int waitingTiles() {
    return fetched.size();
  }

  /** Batches that wait to be committed. */
  int waitingBatches() {
    return described.size();
  }
}
