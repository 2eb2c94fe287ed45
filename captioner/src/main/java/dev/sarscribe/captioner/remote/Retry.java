package dev.sarscribe.captioner.remote;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a request is tried again: exponential backoff with full jitter, so that the requests that
 * failed together do not come back together.
 *
 * @param attempts in all, at least 1
 * @param first longest wait after the first failure; doubles with each
 * @param most longest wait of the backoff
 * @param mostAsked longest wait that a server may ask for
 */
record Retry(int attempts, Duration first, Duration most, Duration mostAsked) {
  /** About half a minute on average and a minute at most: a server restarts meanwhile. */
  static final Retry PATIENT =
      new Retry(8, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(60));

  /** Somebody waits for the start, and a wrong port does not heal. */
  static final Retry OPENING =
      new Retry(3, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10));

  /** Doublings beyond this are above any limit, and would overflow. */
  private static final int MAX_DOUBLINGS = 20;

  /**
   * How long to wait.
   *
   * @param failures so far, at least 1
   * @param asked by the server; jitter of the first wait is added, never taken away
   */
  Duration delay(int failures, Optional<Duration> asked, RandomGenerator random) {
    if (asked.isPresent()) {
      Duration wait = min(asked.orElseThrow(), mostAsked);
      return wait.plus(upTo(first, random));
    }
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
