package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.imagery.SceneException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of one task that wait for another machine. A record is entered into a store in the
 * transaction that passes its offset, and leaves it in the transaction that sends what came of it:
 * after a crash or a move to another instance it is there still, and its errand begins anew. A
 * record whose errand failed for a reason that can heal stays, for another try. Used on the stream
 * thread; errands run on others.
 */
final class WaitingRoom<V extends SpecificRecord> {
  private static final Logger LOG = LoggerFactory.getLogger(WaitingRoom.class);

  /** Started and not finished; a band that was read holds its pixels. */
  private static final int MAX_STARTED = 4;

  /** Records of one key may stand in the way of others. */
  private static final int MAX_LOOKED_AT = 64;

  /** One reads while the one before it is sent. */
  private static final int MAX_STARTED_IN_SERIES = 2;

  /** Bands of one product may come with pauses; far less than the patience of a failed record. */
  private static final long REST_AFTER_MS = 20_000;

  private final Work<V> work;
  private final Desk<V> desk;
  private final KeyValueStore<Long, byte[]> store;
  private final ExecutorService threads;
  private final Patience patience;
  private final Map<Long, Started<V>> started = new HashMap<>();
  private final Map<Long, Failed> failed = new HashMap<>();

  /**
   * Offsets of the store that are neither started nor put off; in memory, as deleted keys slow it.
   */
  private final NavigableSet<Long> ready = new TreeSet<>();

  /** When a record was last in work here; the work rests once that is long ago. */
  private long busyAtMs;

  private boolean resting = true;

  private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

  /** What is known of a record whose errand runs. */
  private record Started<V>(Waiting record, V value, CompletableFuture<Work.Finish> errand) {}

  /** How often a record's errand failed, and when it may begin again. */
  private record Failed(int times, long notBeforeMs) {}

  /** Who decodes records, and writes dead letters. */
  interface Desk<V> {
    /** Empty if the record is malformed, and a dead letter now. */
    Optional<V> decode(long offset, Waiting record);

    /** What is sent from here on follows from the record. */
    void follow(Waiting record);

    void refuse(long offset, Waiting record, V value, Exception failure);
  }

  WaitingRoom(
      Work<V> work,
      Desk<V> desk,
      KeyValueStore<Long, byte[]> store,
      ExecutorService threads,
      Patience patience) {
    this.work = work;
    this.desk = desk;
    this.store = store;
    this.threads = threads;
    this.patience = patience;
    try (KeyValueIterator<Long, byte[]> all = store.all()) { // of before a restart
      all.forEachRemaining(entry -> ready.add(entry.key));
    }
  }

  /** Takes in the record of an offset. */
  void enter(long offset, Waiting record) {
    store.put(offset, record.toBytes());
    ready.add(offset);
  }

  /** Finishes what is ready and starts what there is room for; true if anything was finished. */
  boolean serve(long nowMs) {
    boolean any = false;
    for (Iterator<Map.Entry<Long, Started<V>>> i = started.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<Long, Started<V>> entry = i.next();
      if (entry.getValue().errand().isDone()) {
        i.remove();
        any |= finish(entry.getKey(), entry.getValue(), nowMs);
      }
    }
    if (started.size() < mostStarted()) {
      startSome(nowMs);
    }
    restOnceIdle(nowMs);
    return any;
  }

  private void restOnceIdle(long nowMs) {
    if (!started.isEmpty()) {
      busyAtMs = nowMs;
      resting = false;
    } else if (!resting && nowMs - busyAtMs >= REST_AFTER_MS) {
      resting = true;
      work.rest();
    }
  }

  private int mostStarted() {
    return work.isSerial() ? MAX_STARTED_IN_SERIES : MAX_STARTED;
  }

  private void startSome(long nowMs) {
    failed.forEach(
        (offset, failure) -> {
          if (nowMs >= failure.notBeforeMs() && !started.containsKey(offset)) {
            ready.add(offset);
          }
        });
    Set<String> busy = new HashSet<>();
    started.values().forEach(s -> busy.add(s.record().scene()));
    for (long offset : List.copyOf(ready.stream().limit(MAX_LOOKED_AT).toList())) {
      if (started.size() >= mostStarted()) {
        return;
      }
      Waiting record = Waiting.ofBytes(store.get(offset));
      if (busy.add(record.scene())) { // one of a key at a time, in order
        ready.remove(offset);
        start(offset, record);
      }
    }
  }

  private void start(long offset, Waiting record) {
    desk.follow(record);
    Optional<V> value = desk.decode(offset, record);
    if (value.isEmpty()) {
      leave(offset);
      return;
    }
    try {
      Optional<Work.Errand> errand = work.begin(record.scene(), value.get());
      if (errand.isEmpty()) {
        leave(offset);
      } else {
        started.put(offset, new Started<>(record, value.get(), run(errand.get())));
      }
    } catch (KafkaException e) {
      throw e;
    } catch (SceneException | RefusedException | RuntimeException e) {
      desk.refuse(offset, record, value.get(), e);
      leave(offset);
    }
  }

  private CompletableFuture<Work.Finish> run(Work.Errand errand) {
    CompletableFuture<?> before = work.isSerial() ? last : CompletableFuture.completedFuture(null);
    CompletableFuture<Work.Finish> run =
        before.handleAsync((result, failure) -> runNow(errand), threads);
    last = run;
    return run;
  }

  private static Work.Finish runNow(Work.Errand errand) {
    try {
      return errand.run();
    } catch (SceneException | RefusedException | AccessException e) {
      throw new CompletionException(e);
    }
  }

  /** Whether the record is done with. */
  private boolean finish(long offset, Started<V> done, long nowMs) {
    desk.follow(done.record());
    Work.Finish found;
    try {
      found = done.errand().join();
    } catch (CompletionException e) {
      Exception failure = cause(e);
      if (isStopping(failure) || postpone(offset, done, failure, nowMs)) {
        return false;
      }
      desk.refuse(offset, done.record(), done.value(), failure);
      leave(offset);
      return true;
    }
    try {
      found.run();
    } catch (KafkaException e) {
      throw e;
    } catch (RefusedException | RuntimeException e) {
      desk.refuse(offset, done.record(), done.value(), e);
    }
    leave(offset);
    return true;
  }

  /** Whether an errand failed because this process ends: the next one begins it anew. */
  private static boolean isStopping(Exception failure) {
    return failure instanceof RejectedExecutionException
        || AccessException.in(failure)
            .filter(e -> e.reason() == AccessException.Reason.INTERRUPTED)
            .isPresent();
  }

  private static Exception cause(CompletionException e) {
    if (e.getCause() instanceof Error error) {
      throw error; // concerns the thread, not the record
    }
    return e.getCause() instanceof Exception cause ? cause : e;
  }

  /** Keeps a record for another try, if there may be one. */
  private boolean postpone(long offset, Started<V> done, Exception failure, long nowMs) {
    Optional<AccessException> access = AccessException.in(failure);
    int times = failed.getOrDefault(offset, new Failed(0, 0)).times() + 1;
    if (access.isEmpty() || !access.get().canHeal() || !patience.permits(times)) {
      return false;
    }
    long waitMs = patience.waitMs(times);
    LOG.warn(
        "{}: {}; try {} of {} in {} s",
        done.record().scene(),
        failure.getMessage(),
        times + 1,
        patience.tries(),
        waitMs / 1000);
    failed.put(offset, new Failed(times, nowMs + waitMs));
    return true;
  }

  private void leave(long offset) {
    store.delete(offset);
    failed.remove(offset);
    ready.remove(offset);
  }

  /** Lets what runs run to its end without consequence, and releases what the work holds then. */
  void close() {
    var unused = last.whenComplete((result, failure) -> work.close());
    started.clear();
  }
}
