package dev.sarscribe.stream.tiling;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that run the errands of a stage's tasks, so that no stream thread waits for another
 * machine. Closing interrupts them. Thread-safe.
 */
final class ErrandRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ErrandRunner.class);

  /** Most of an errand's time is waiting, so more than one per core, and each holds a band. */
  private static final int PER_STREAM_THREAD = 4;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  private final ExecutorService threads;

  ErrandRunner(int streamThreads) {
    AtomicInteger number = new AtomicInteger();
    threads =
        Executors.newFixedThreadPool(
            streamThreads * PER_STREAM_THREAD,
            task -> {
              Thread thread = new Thread(task, "errand-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  ExecutorService threads() {
    return threads;
  }

  /** Interrupts what runs and begins nothing more; returns at once. */
  void stop() {
    threads.shutdownNow();
  }

  @Override
  public void close() {
    stop();
    try {
      if (!threads.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("fetching did not stop within {} s", CLOSE_TIMEOUT.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
