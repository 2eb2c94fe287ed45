package dev.sarscribe.captioner.remote;

import dev.sarscribe.backoff.Backoff;
import java.time.Duration;

/**
 * When a request is tried again.
 *
 * @param attempts in all, at least 1
 * @param backoff what is waited before each but the first
 */
record Retry(int attempts, Backoff backoff) {
  /** About half a minute on average and a minute at most: a server restarts meanwhile. */
  static final Retry PATIENT =
      new Retry(8, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(60));

  /** Somebody waits for the start, and a wrong port does not heal. */
  static final Retry OPENING =
      new Retry(3, Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10));

  /** With the waits of {@link Backoff}. */
  Retry(int attempts, Duration first, Duration most, Duration mostAsked) {
    this(attempts, new Backoff(first, most, mostAsked));
  }
}
