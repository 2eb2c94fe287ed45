package dev.sarscribe.access;

import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.backoff.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a request is tried again.
 *
 * @param attempts in all, at least 1
 * @param backoff what is waited before each but the first
 */
public record Retry(int attempts, Backoff backoff) {
  /** Some ten seconds of backoff; a server that asks for a minute gets it. */
  public static final Retry DEFAULT =
      new Retry(5, Duration.ofMillis(500), Duration.ofSeconds(20), Duration.ofSeconds(60));

  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);

  private static final int MAX_ATTEMPTS = 100;

  public Retry {
    if (attempts < 1 || attempts > MAX_ATTEMPTS) {
      throw new IllegalArgumentException("attempts are 1 to " + MAX_ATTEMPTS);
    }
  }

  /** With the waits of {@link Backoff}. */
  public Retry(int attempts, Duration first, Duration most, Duration mostAsked) {
    this(attempts, new Backoff(first, most, mostAsked));
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
    Duration delay = backoff.delay(failures, failure.askedToWait(), ThreadLocalRandom.current());
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
}
