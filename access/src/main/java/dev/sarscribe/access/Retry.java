package dev.sarscribe.access;

import dev.sarscribe.access.AccessException.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a request is tried again: exponential backoff with full jitter, so that the requests that
 * failed together do not come back together.
 *
 * @param attempts in all, at least 1
 * @param first longest wait after the first failure; doubles with each
 * @param most longest wait of the backoff
 * @param mostAsked longest wait that a server may ask for
 */
public record Retry(int attempts, Duration first, Duration most, Duration mostAsked) {
  /** Some ten seconds of backoff; a server that asks for a minute gets it. */
  public static final Retry DEFAULT =
      new Retry(5, Duration.ofMillis(500), Duration.ofSeconds(20), Duration.ofSeconds(60));

  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

  /** Doublings beyond this are above any limit, and would overflow. */
  private static final int MAX_DOUBLINGS = 20;

  private static final int MAX_ATTEMPTS = 100;

  public Retry {
    if (attempts < 1 || attempts > MAX_ATTEMPTS) {
      throw new IllegalArgumentException("attempts are 1 to " + MAX_ATTEMPTS);
    }
    if (first.isNegative() || most.isNegative() || mostAsked.isNegative()) {
      throw new IllegalArgumentException("a wait is not negative");
    }
  }

  /**
   * How long to wait.
   *
   * @param failures so far, at least 1
   * @param asked by the server; jitter of the first wait is added, never taken away
   */
  Duration delay(int failures, Optional<Duration> asked, RandomGenerator random) {
    if (asked.isPresent()) {
      return min(asked.orElseThrow(), mostAsked).plus(upTo(first, random));
    }
    int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
    return upTo(min(first.multipliedBy(1L << doublings), most), random);
  }

  /**
   * Waits before the next attempt.
   *
   * @param failures so far, at least 1
   * @throws AccessException the failure, if it cannot heal or was the last attempt's; {@code
   *     INTERRUPTED} if the thread is, which it then stays
   */
  public void pause(int failures, AccessException failure) throws AccessException {
    if (!failure.canHeal() || failure.reason() == Reason.INTERRUPTED || failures >= attempts) {
      throw failure;
    }
    Duration delay = delay(failures, failure.askedToWait(), ThreadLocalRandom.current());
    LOG.info(
        "{}; attempt {} of {} follows in {} ms",
        failure.getMessage(),
        failures + 1,
        attempts,
        delay.toMillis());
    try {
      Thread.sleep(delay.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw AccessException.of(
          Reason.INTERRUPTED, "interrupted before another attempt", failure.getMessage(), failure);
    }
  }

  private static Duration upTo(Duration limit, RandomGenerator random) {
    return Duration.ofNanos(random.nextLong(limit.toNanos() + 1));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
