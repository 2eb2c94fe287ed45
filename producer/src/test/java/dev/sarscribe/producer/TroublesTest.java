package dev.sarscribe.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.backoff.Backoff;
import java.io.IOException;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class TroublesTest {
  private static final Exception LASTS = FeedException.lasting("no such catalogue", null);
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(2), Duration.ofMillis(8), Duration.ZERO);

  private final Troubles troubles = new Troubles(false, BACKOFF);

  @Test
  void whatPassesNeverEndsAFeedAndIsWaitedForLongerAndLonger() {
    Duration longest = Duration.ZERO;
    for (int i = 1; i <= 500; i++) {
      assertThat(troubles.failed(FeedException.passing("away", null))).isFalse();
      assertThat(troubles.failed(new TimeoutException("no broker"))).isFalse();
      assertThat(troubles.failed(new IOException("a network file system is away"))).isFalse();
      Duration pause = troubles.pause();
      assertThat(pause).isBetween(Duration.ZERO, Duration.ofMillis(8));
      longest = pause.compareTo(longest) > 0 ? pause : longest;
    }
    assertThat(troubles.inARow()).isEqualTo(1500);
    assertThat(longest).isGreaterThan(Duration.ofMillis(4));
  }

  @Test
  void whatLastsEndsANewFeedAtOnceWhoeverSaysSo() {
    assertThat(new Troubles(false, BACKOFF).failed(LASTS)).isTrue();
    assertThat(new Troubles(false, BACKOFF).failed(new IllegalStateException("a bug"))).isTrue();
    var refused = new KafkaException(new TopicAuthorizationException("sar.acquisitions.v1"));
    assertThat(new Troubles(false, BACKOFF).failed(refused)).isTrue();
  }

  @Test
  void aFeedThatHasWorkedIsGivenFivePollsAndBeginsAnewWithEachThatWorks() {
    troubles.polled();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5; i++) {
        assertThat(troubles.failed(LASTS)).isFalse();
        assertThat(troubles.failed(FeedException.passing("away", null))).isFalse();
      }
      if (round < 2) {
        troubles.polled();
        assertThat(troubles.inARow()).isZero();
      }
    }
    assertThat(troubles.failed(LASTS)).isTrue();
    assertThat(new Troubles(true, BACKOFF).failed(LASTS)).as("worked before").isFalse();
  }
}
