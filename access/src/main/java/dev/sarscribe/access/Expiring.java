package dev.sarscribe.access;

import java.time.Duration;
import java.time.Instant;

/** A secret and the time from which on it is no longer used. */
record Expiring(String secret, Instant until) {
  /** For clocks that differ and requests that wait in a queue. */
  private static final Duration MARGIN = Duration.ofSeconds(60);

  /** Far enough for any run, near enough for any arithmetic. */
  static final Duration FOREVER = Duration.ofDays(3650);

  /** Renewed a minute before its end, or after two thirds of a life of less than three minutes. */
  static Expiring in(String secret, Instant now, Duration life) {
    Duration third = life.dividedBy(3);
    Duration margin = third.compareTo(MARGIN) < 0 ? third : MARGIN;
    return new Expiring(secret, now.plus(life).minus(margin));
  }

  boolean isFresh(Instant now) {
    return now.isBefore(until);
  }

  @Override
  public String toString() {
    return "*** until " + until;
  }
}
