package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One captioner with its consumer and its producer: a poll thread that fetches ahead and an
 * inference thread that captions and commits. Owns all of them.
 */
final class CaptionWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CaptionWorker.class);

  /** Batches that wait, decoded, while the model works on another. */
  private static final int BATCHES_AHEAD = 2;

  /** The batch in work at close: a slow model on a slow CPU takes this long. */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

  private final CaptionSettings settings;
  private final Captioner captioner;
  private final BatchCaptioner batches;
  private final BatchCommitter committer;
  private final Flight flight;
  private final TileFetcher fetcher;
  private final CaptionStats stats;
  private final Thread pollThread;
  private final Thread inferenceThread;
  private volatile boolean stopping;
  private volatile Throwable failure;

  CaptionWorker(
      CaptionSettings settings,
      int worker,
      Captioner captioner,
      BatchCaptioner batches,
      Clients clients,
      WireFormat wireFormat,
      CaptionStats stats) {
    this.settings = settings;
    this.captioner = captioner;
    this.batches = batches;
    this.stats = stats;
    this.flight = new Flight(BATCHES_AHEAD * settings.batchMax());
    this.fetcher = new TileFetcher(clients.consumer(), wireFormat, flight);
    this.committer = new BatchCommitter(clients, wireFormat);
    this.pollThread = new Thread(() -> guard(fetcher), "caption-poll-" + worker);
    this.inferenceThread = new Thread(() -> guard(this::infer), "caption-inference-" + worker);
  }

  void start() {
    pollThread.start();
    inferenceThread.start();
  }

  /** What stopped this worker for good; empty while it works. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Finishes the batch in work, commits it, leaves the group and closes the captioner. */
  @Override
  public void close() {
    stopping = true;
    // The poll thread goes on meanwhile: the commit needs a living member.
    boolean drained = join(inferenceThread, DRAIN_TIMEOUT);
    fetcher.stop();
    join(pollThread, STOP_TIMEOUT);
    if (drained) {
      committer.close();
      captioner.close();
    } else {
      // Memory that a running engine still uses must not be freed.
      LOG.error("{} did not end its batch; its captioner stays open", inferenceThread.getName());
      inferenceThread.interrupt();
    }
  }

  private void infer() {
    try {
      if (!committer.open(() -> stopping)) {
        return;
      }
      while (!stopping) {
        Flight.Batch batch = flight.take(settings.batchMax(), settings.batchMaxDelay());
        if (!batch.tiles().isEmpty() && !work(batch)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Captions and commits one batch; false if the worker was stopped while it recovered. */
  private boolean work(Flight.Batch batch) throws InterruptedException {
    BatchResult result = batches.caption(batch.tiles());
    try {
      if (flight.commit(batch, group -> committer.commit(result, batch.offsets(), group))) {
        stats.committed(result);
      } else {
        LOG.info("a batch of {} tiles was dropped by a rebalance", batch.tiles().size());
      }
      return true;
    } catch (RuntimeException e) {
      if (Fatal.isFatal(e)) {
        throw e;
      }
      LOG.warn("a batch of {} tiles is done again: not committed", batch.tiles().size(), e);
      stats.aborted();
      boolean recovered = committer.recover(() -> stopping);
      flight.reset();
      return recovered;
    }
  }

  private void guard(Runnable loop) {
    try {
      loop.run();
    } catch (Throwable t) {
      // An Error, or a failure that no retry heals: the stage reports it; nothing hides it.
      LOG.error("{} stops for good", Thread.currentThread().getName(), t);
      failure = t;
      stopping = true;
      fetcher.stop();
    }
  }

  private static boolean join(Thread thread, Duration timeout) {
    try {
      thread.join(timeout.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return !thread.isAlive();
  }
}
