package dev.sarscribe.stream.caption;

import dev.sarscribe.stream.StepWatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit thread of a worker: writes described batches, in their order, each with its offsets in
 * one transaction; those that wait meanwhile go into the next one together. After a failure all
 * that is in flight is dropped and done again from the committed offsets.
 */
final class BatchCommitter implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchCommitter.class);

  private final TileSource source;
  private final Flight flight;
  private final Transactions transactions;
  private final CaptionStats stats;
  private final StepWatch watch = new StepWatch();
  private volatile boolean finishing;

  BatchCommitter(TileSource source, Flight flight, Transactions transactions, CaptionStats stats) {
    this.source = source;
    this.flight = flight;
    this.transactions = transactions;
    this.stats = stats;
  }

  /** Commits until finished or interrupted; a failure that no retry heals is thrown. */
  @Override
  public void run() {
    try {
      boolean open = transactions.open(() -> finishing);
      while (open) {
        // Read first: what was handed over before it was set is then among those taken.
        boolean last = finishing;
        List<Flight.Described> batches = flight.takeDescribed();
        open = batches.isEmpty() ? !last || flight.waitingBatches() > 0 : commit(batches);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      flight.end();
    }
  }

  /** Since when the commit thread has been in one transaction. */
  StepWatch watch() {
    return watch;
  }

  /** Ends {@link #run} once nothing waits; the inference thread must have ended. */
  void finish() {
    finishing = true;
  }

  /** Commits batches; false if the worker was stopped while it recovered. */
  private boolean commit(List<Flight.Described> batches) throws InterruptedException {
    List<TileResult> results = results(batches);
    long start = System.nanoTime();
    watch.enter("committing %d tiles".formatted(results.size()));
    try {
      // Before the flight is held: it may take longer than a revocation should wait.
      transactions.prepare();
      var written = new AtomicReference<BatchResult>();
      if (flight.commit(
          batches,
          (offsets, group) ->
              written.set(transactions.commit(results, withEnds(offsets), group)))) {
        stats.committed(written.get(), System.nanoTime() - start);
      } else {
        LOG.info("{} tiles were dropped by a rebalance", results.size());
      }
      return true;
    } catch (RuntimeException e) {
      if (Fatal.isFatal(e)) {
        throw e;
      }
      LOG.warn("{} tiles are done again: not committed", results.size(), e);
      stats.aborted();
      // It goes on for as long as the broker is away, which is no reason to restart anything.
      watch.leave();
      boolean recovered = transactions.recover(() -> finishing);
      // Not before: the offsets are known only once the transaction is settled.
      flight.reset();
      return recovered;
    } finally {
      watch.leave();
    }
  }

  /** Offsets carry where their source ends: who goes on after an interruption ends there too. */
  private Map<TopicPartition, OffsetAndMetadata> withEnds(
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    if (source.ends().isEmpty()) {
      return offsets;
    }
    Map<TopicPartition, OffsetAndMetadata> marked = new HashMap<>();
    offsets.forEach(
        (partition, offset) -> {
          String end = Long.toString(source.end(partition));
          marked.put(partition, new OffsetAndMetadata(offset.offset(), end));
        });
    return marked;
  }

  private static List<TileResult> results(List<Flight.Described> batches)
      throws InterruptedException {
    List<TileResult> results = new ArrayList<>();
    for (Flight.Described batch : batches) {
      for (Future<TileResult> result : batch.results()) {
        try {
          results.add(result.get());
        } catch (ExecutionException e) {
          // What a tile can do is in its result; this is an Error, for instance of memory.
          throw new IllegalStateException("a record cannot be made", e.getCause());
        }
      }
    }
    return results;
  }
}
