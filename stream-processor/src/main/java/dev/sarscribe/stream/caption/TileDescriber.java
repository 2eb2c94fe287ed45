package dev.sarscribe.stream.caption;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inference thread of a worker: takes batches from the flight through the engine. All it does
 * beside is to hand the tiles on to the threads that encode images and make records.
 */
final class TileDescriber implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(TileDescriber.class);

  private final CaptionSettings settings;
  private final Flight flight;
  private final EngineGuard engine;
  private final CorpusRecords records;
  private final ExecutorService recordThreads;
  private final CaptionStats stats;
  private volatile boolean stopping;

  TileDescriber(
      CaptionSettings settings,
      Flight flight,
      EngineGuard engine,
      CorpusRecords records,
      ExecutorService recordThreads,
      CaptionStats stats) {
    this.settings = settings;
    this.flight = flight;
    this.engine = engine;
    this.records = records;
    this.recordThreads = recordThreads;
    this.stats = stats;
  }

  /** Describes batches until stopped, interrupted or the flight has ended. */
  @Override
  public void run() {
    try {
      boolean open = true;
      while (open && !stopping) {
        Flight.Batch batch = flight.take(settings.batchMax(), settings.batchMaxDelay());
        open = batch.tiles().isEmpty() || flight.handOver(describe(batch));
      }
    } catch (CancellationException e) {
      LOG.warn("the batch in work is done after the next start: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends {@link #run} after the batch in work; from any thread. */
  void stop() {
    stopping = true;
    engine.stop();
  }

  private Flight.Described describe(Flight.Batch batch) throws InterruptedException {
    List<Fetched.Ready> ready = new ArrayList<>(batch.tiles().size());
    for (Fetched fetched : batch.tiles()) {
      if (fetched instanceof Fetched.Ready tile) {
        ready.add(tile);
      }
    }
    Iterator<Verdict> verdicts =
        engine.describe(ready.stream().map(Fetched.Ready::image).toList()).iterator();
    var maker = new ResultMaker(records.by(engine.model()));
    List<Future<TileResult>> results = new ArrayList<>(batch.tiles().size());
    for (Fetched fetched : batch.tiles()) {
      if (fetched instanceof Fetched.Ready tile) {
        Verdict verdict = verdicts.next();
        results.add(recordThreads.submit(() -> timed(maker, tile, verdict)));
      } else if (fetched instanceof Fetched.Unusable unusable) {
        results.add(recordThreads.submit(() -> maker.of(unusable)));
      } else {
        results.add(CompletableFuture.completedFuture(new TileResult.Skipped()));
      }
    }
    return new Flight.Described(batch, results);
  }

  private TileResult timed(ResultMaker maker, Fetched.Ready tile, Verdict verdict) {
    long start = System.nanoTime();
    try {
      return maker.of(tile, verdict);
    } finally {
      stats.made(System.nanoTime() - start);
    }
  }
}
