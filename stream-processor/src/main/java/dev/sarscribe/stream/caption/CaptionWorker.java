package dev.sarscribe.stream.caption;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One captioner with its consumer and its producer, and the three threads between them: one fetches
 * and decodes ahead, one runs the engine, one commits. Owns all of them.
 */
final class CaptionWorker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CaptionWorker.class);

  /** The batch in work at close: a slow model on a slow CPU takes this long. */
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(15);

  private final Flight flight;
  private final EngineGuard engine;
  private final Transactions transactions;
  private final TileFetcher fetcher;
  private final TileDescriber describer;
  private final BatchCommitter committer;
  private final Thread pollThread;
  private final Thread inferenceThread;
  private final Thread commitThread;
  private volatile Throwable failure;

  /** The parts, wired to each other; the worker closes them. */
  CaptionWorker(
      int worker,
      Flight flight,
      EngineGuard engine,
      Transactions transactions,
      TileFetcher fetcher,
      TileDescriber describer,
      BatchCommitter committer) {
    this.flight = flight;
    this.engine = engine;
    this.transactions = transactions;
    this.fetcher = fetcher;
    this.describer = describer;
    this.committer = committer;
    this.pollThread = new Thread(() -> guard(fetcher), "caption-poll-" + worker);
    this.inferenceThread = new Thread(() -> guard(describer), "caption-inference-" + worker);
    this.commitThread = new Thread(() -> guard(committer), "caption-commit-" + worker);
  }

  void start() {
    List.of(pollThread, inferenceThread, commitThread).forEach(Thread::start);
  }

  /** What stopped this worker for good; empty while it works. */
  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Why this worker waits; empty while it works. */
  Optional<String> trouble() {
    return engine.trouble();
  }

  /** What this worker waits for before it can take tiles; empty while it takes them. */
  Optional<String> waitingFor() {
    return engine.trouble().or(fetcher::waitingFor);
  }

  /** Its thread that has been in one step for longer than the limit. */
  Optional<String> stuck(Duration limit) {
    return Stream.of(
            named(pollThread, fetcher.watch().stuck(limit)),
            named(inferenceThread, engine.watch().stuck(limit)),
            named(commitThread, committer.watch().stuck(limit)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> named(Thread thread, Optional<String> step) {
    return step.map(s -> thread.getName() + ": " + s);
  }

  /** How far each partition that this worker holds is read and committed. */
  Map<TopicPartition, Long> reached() {
    return fetcher.reached();
  }

  /** Finishes the batch in work, commits what is described, leaves the group, closes all. */
  @Override
  public void close() {
    describer.stop();
    boolean drained = join(inferenceThread, DRAIN_TIMEOUT);
    committer.finish();
    // The poll thread goes on meanwhile: a commit needs a living member.
    boolean committed = join(commitThread, DRAIN_TIMEOUT);
    fetcher.stop();
    join(pollThread, STOP_TIMEOUT);
    if (committed) {
      transactions.close();
    } else {
      LOG.error("{} did not end its commit", commitThread.getName());
      commitThread.interrupt();
    }
    if (drained) {
      engine.close();
    } else {
      // Memory that a running engine still uses must not be freed.
      LOG.error("{} did not end its batch; its captioner stays open", inferenceThread.getName());
      inferenceThread.interrupt();
    }
  }

  private void guard(Runnable loop) {
    try {
      loop.run();
    } catch (Throwable t) {
      // An Error, or a failure that no retry heals: the stage reports it; nothing hides it.
      LOG.error("{} stops for good", Thread.currentThread().getName(), t);
      failure = t;
      flight.end();
      describer.stop();
      committer.finish();
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
