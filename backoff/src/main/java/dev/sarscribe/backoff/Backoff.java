package dev.sarscribe.backoff;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Exponential backoff with full jitter, so that what failed together does not come back together.
 *
 * @param first longest wait after the first failure; doubles with each
 * @param most longest wait of the backoff
 * @param mostAsked longest wait that a server may ask for
 */
public record Backoff(Duration first, Duration most, Duration mostAsked) {
  /** Doublings beyond this are above any limit, and would overflow. */
  private static final int MAX_DOUBLINGS = 20;

  private static final Duration LIMIT = Duration.ofDays(1);

  public Backoff {
    for (Duration wait : new Duration[] {first, most, mostAsked}) {
      if (wait.isNegative() || wait.compareTo(LIMIT) > 0) {
        throw new IllegalArgumentException("a wait is not negative, and at most a day");
      }
    }
  }

  /**
   * How long to wait.
   *
   * @param failures so far, at least 1
   * @param asked by the server; jitter of the first wait is added, never taken away
   */
  public Duration delay(int failures, Optional<Duration> asked, RandomGenerator random) {
    if (asked.isPresent()) {
      return min(asked.orElseThrow(), mostAsked).plus(upTo(first, random));
    }
    return delay(failures, random);
  }

  /**
   * How long to wait for what asks for nothing.
   *
   * @param failures so far, at least 1
   */
  public Duration delay(int failures, RandomGenerator random) {
    int doublings = Math.min(failures - 1, MAX_DOUBLINGS);
    return upTo(min(first.multipliedBy(1L << doublings), most), random);
  }

  private static Duration upTo(Duration limit, RandomGenerator random) {
    return Duration.ofNanos(random.nextLong(limit.toNanos() + 1));
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
