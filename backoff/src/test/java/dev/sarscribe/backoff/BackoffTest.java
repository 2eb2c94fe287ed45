package dev.sarscribe.backoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private final Backoff backoff =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(5));

  @Test
  void waitsAreRandomUpToALimitThatDoublesAndEnds() {
    Random random = new Random(1);
    for (int failures = 1; failures < 100; failures++) {
      long limit = Math.min(1000, 100L << Math.min(20, failures - 1));
      Duration longest = Duration.ZERO;
      for (int i = 0; i < 200; i++) {
        Duration delay = backoff.delay(failures, random);
        assertThat(delay).isBetween(Duration.ZERO, Duration.ofMillis(limit));
        longest = delay.compareTo(longest) > 0 ? delay : longest;
      }
      assertThat(longest).isGreaterThan(Duration.ofMillis(limit * 9 / 10));
    }
  }

  @Test
  void aServersWishIsKeptUpToALimit() {
    assertThat(backoff.delay(1, Optional.of(Duration.ofSeconds(2)), new Random(1)))
        .isBetween(Duration.ofSeconds(2), Duration.ofMillis(2100));
    assertThat(backoff.delay(1, Optional.of(Duration.ofDays(2)), new Random(1)))
        .isBetween(Duration.ofSeconds(5), Duration.ofMillis(5100));
  }

  @Test
  void theLongestWaitsOverflowNothing() {
    Duration day = Duration.ofDays(1);
    assertThat(new Backoff(day, day, day).delay(Integer.MAX_VALUE, new Random(1)))
        .isBetween(Duration.ZERO, day);
    assertThatThrownBy(() -> new Backoff(day, day.plusNanos(1), day))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Backoff(day.negated(), day, day))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
