package dev.sarscribe.producer.stac;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * How much time a search asks for at once: as much as makes some pages, so that the cursor moves on
 * in steps, an interruption costs little and empty years cost few requests.
 */
record WindowSize(Duration size) {
  private static final Duration SHORTEST = Duration.ofMinutes(10);
  private static final Duration LONGEST = Duration.ofDays(3660);
  private static final int MANY_PAGES = 20;

  static WindowSize first() {
    return new WindowSize(Duration.ofDays(1));
  }

  Instant endOf(Instant from, Instant limit) {
    Duration left = Duration.between(from, limit);
    return left.compareTo(size) <= 0
        ? limit.isBefore(from) ? from : limit
        : from.plus(size).truncatedTo(ChronoUnit.SECONDS);
  }

  WindowSize after(int pages) {
    return bounded(
        pages > MANY_PAGES ? size.dividedBy(2) : pages <= 1 ? size.multipliedBy(2) : size);
  }

  /**
   * For a window that was not read to its end and begins anew: where links of pages expire, a
   * shorter one gets there.
   */
  WindowSize afterFailure() {
    return bounded(size.dividedBy(2));
  }

  private static WindowSize bounded(Duration size) {
    return new WindowSize(
        size.compareTo(SHORTEST) < 0 ? SHORTEST : size.compareTo(LONGEST) > 0 ? LONGEST : size);
  }
}
