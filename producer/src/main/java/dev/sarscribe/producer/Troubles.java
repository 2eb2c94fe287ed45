package dev.sarscribe.producer;

import dev.sarscribe.backoff.Backoff;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * The polls of a feed that fail in a row. What passes (a broker, a network or a server that is
 * away) is tried again for ever; what lasts (a URL, a right, a filter) ends a new feed at once, and
 * one that has worked after five polls. Not thread-safe.
 */
public final class Troubles {
  /** Soon at first; a server that is away for a day is asked some hundred times. */
  public static final Backoff BACKOFF =
      new Backoff(Duration.ofSeconds(2), Duration.ofMinutes(5), Duration.ZERO);

  /** A feed that has worked may meet a server in the middle of an update. */
  private static final int LASTING = 5;

  private final Backoff backoff;
  private boolean hasWorked;
  private int inARow;
  private int lasting;

  /**
   * None yet.
   *
   * @param hasWorked whether an earlier run of the feed has polled to the end
   * @param backoff waits between polls that fail
   */
  public Troubles(boolean hasWorked, Backoff backoff) {
    this.hasWorked = hasWorked;
    this.backoff = backoff;
  }

  /** A poll went to its end. */
  public void polled() {
    hasWorked = true;
    inARow = 0;
    lasting = 0;
  }

  /** A poll failed; returns whether that is to end the feed. */
  public boolean failed(Exception failure) {
    inARow++;
    lasting += isPassing(failure) ? 0 : 1;
    return lasting > (hasWorked ? LASTING : 0);
  }

  /** Polls that failed since the last that did not. */
  public int inARow() {
    return inARow;
  }

  /** How long to wait before the next poll, after at least one that failed. */
  public Duration pause() {
    return backoff.delay(inARow, ThreadLocalRandom.current());
  }

  /** Unknown failures are defects, ours or the broker's: they get as many tries as what lasts. */
  private static boolean isPassing(Exception failure) {
    if (failure instanceof FeedException e) {
      return e.isPassing();
    }
    if (failure instanceof KafkaException) {
      return !isLasting(failure);
    }
    return failure instanceof IOException;
  }

  /** What another try does not change; a producer tells it as the cause of a failed transaction. */
  private static boolean isLasting(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof AuthenticationException
          || t instanceof AuthorizationException
          || t instanceof UnsupportedVersionException
          || t instanceof RecordTooLargeException
          || t instanceof InvalidTopicException
          || t instanceof SerializationException) {
        return true;
      }
    }
    return false;
  }
}
