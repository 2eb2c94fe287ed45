package dev.sarscribe.stream.tiling;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what follows the death of a stream thread. It is replaced, because what kills threads is
 * mostly the broker's absence; but not for ever: threads that keep dying within a minute, and
 * causes that no retry heals, stop the stage. Thread-safe.
 */
final class ThreadFailures implements StreamsUncaughtExceptionHandler {
  /** A broker's restart costs each thread one death at most. */
  static final int DEATHS_PER_THREAD = 5;

  static final Duration WINDOW = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);

  private final int limit;
  private final LongSupplier nanoTime;
  private final Deque<Long> deaths = new ArrayDeque<>();
  private Throwable fatal;

  ThreadFailures(int threads, LongSupplier nanoTime) {
    this.limit = Math.multiplyExact(DEATHS_PER_THREAD, threads);
    this.nanoTime = nanoTime;
  }

  /** What stopped the stage, if anything did. */
  synchronized Optional<Throwable> fatal() {
    return Optional.ofNullable(fatal);
  }

  @Override
  public synchronized StreamThreadExceptionResponse handle(Throwable exception) {
    long now = nanoTime.getAsLong();
    deaths.addLast(now);
    while (now - deaths.getFirst() > WINDOW.toNanos()) {
      deaths.removeFirst();
    }
    if (isFatal(exception) || deaths.size() > limit) {
      LOG.error("tiling stops: a stream thread died for good", exception);
      fatal = exception;
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.warn("a stream thread died and is replaced", exception);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  private static boolean isFatal(Throwable exception) {
    for (Throwable t = exception; t != null; t = t.getCause()) {
      if (t instanceof Error
          || t instanceof AuthenticationException
          || t instanceof AuthorizationException
          || t instanceof FencedInstanceIdException
          || t instanceof UnsupportedVersionException) {
        return true;
      }
    }
    return !(exception instanceof KafkaException);
  }
}
