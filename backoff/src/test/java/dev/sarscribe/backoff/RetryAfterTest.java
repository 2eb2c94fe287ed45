package dev.sarscribe.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          7                             | PT7S
          Tue, 24 Nov 2026 12:01:30 GMT | PT1M30S
          Tue, 24 Nov 2026 11:00:00 GMT | PT0S
          soon                          | none
          -3                            | none
          99999999999999999999          | none
          """)
  void isSecondsOrADate(String header, Duration expected) {
    assertThat(RetryAfter.parse(" " + header, NOON)).isEqualTo(Optional.ofNullable(expected));
  }
}
