package dev.sarscribe.producer.stac;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class WindowSizeTest {
  private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");

  @Test
  void emptyTimesAreCrossedInGrowingStepsAndFullOnesInShorterOnes() {
    WindowSize size = WindowSize.first();

    assertThat(size.after(1).size()).isEqualTo(Duration.ofDays(2));
    assertThat(size.after(5)).isEqualTo(size);
    assertThat(size.after(100).size()).isEqualTo(Duration.ofHours(12));
  }

  @Test
  void aWindowThatFailedIsAskedForInShorterPiecesButNeverInNone() {
    WindowSize size = WindowSize.first();
    for (int i = 0; i < 20; i++) {
      size = size.afterFailure();
    }

    assertThat(size.size()).isEqualTo(Duration.ofMinutes(10));
    assertThat(size.endOf(START, START.plus(Duration.ofHours(1))))
        .isEqualTo(START.plus(Duration.ofMinutes(10)));
  }

  @Test
  void theLastWindowEndsWhereTheSearchDoes() {
    assertThat(WindowSize.first().endOf(START, START.plusSeconds(5)))
        .isEqualTo(START.plusSeconds(5));
    assertThat(WindowSize.first().endOf(START, START.minusSeconds(5))).isEqualTo(START);
  }
}
