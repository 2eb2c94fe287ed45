package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecaptionFilterTest {
  @ParameterizedTest
  @CsvSource({
    "1.2.3, 1.2.3",
    "1.0, 1",
    "1.0, 1.0.0",
    "v1.2, 1.2",
    "V1.2, v1.2.0",
    "01.2, 1.02",
    "main, main",
    "1.0-rc1, 1.0.0-rc1",
    "1.0, 1.0+2",
    "1.0-rc1+7, 1.0-rc1",
    "12345678901, 12345678901",
  })
  void versionsThatSayTheSameAreEqual(String a, String b) {
    assertThat(RecaptionFilter.compareVersions(a, b)).isZero();
    assertThat(RecaptionFilter.compareVersions(b, a)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    // Numbers, and not digits.
    "0.9.1, 0.10",
    "2, 10",
    "v0.9, 0.10",
    // A longer version is higher, unless what it has more is zero.
    "1.0, 1.0.1",
    "1, 1.0.0.1",
    "0.10, 0.10.1",
    // What comes before a release is lower than it, and is in an order itself.
    "1.0-rc1, 1.0",
    "1.0-alpha, 1.0-beta",
    "1.0-rc9, 1.0-rc10",
    "0.9, 1.0-rc1",
    "1.0-SNAPSHOT, 1.0",
    "1.0-rc1+7, 1.0+2",
    // A part that is no number.
    "1.0.a, 1.0.b",
    "1.a, 2.a",
    // No version that starts with a number: compared as text.
    "alpha, beta",
    "1.0, main",
    "2024-01-01T00, main",
    // Numbers too long for Java: compared as text, and never as another number.
    "20240101123456, 20250101123456",
    "12345678901, 9",
  })
  void theLowerOfTwoVersions(String lower, String higher) {
    assertThat(RecaptionFilter.compareVersions(lower, higher)).isNegative();
    assertThat(RecaptionFilter.compareVersions(higher, lower)).isPositive();
  }

  @Test
  void aTileWithoutRecordMatchesWhatAsksNothingOfARecord() {
    Optional<String> none = Optional.empty();

    assertThat(RecaptionFilter.ALL.matchesWithoutRecord()).isTrue();
    assertThat(new RecaptionFilter(Optional.of("a"), none, none, false).matchesWithoutRecord())
        .isTrue();
    assertThat(
            List.of(
                new RecaptionFilter(none, Optional.of("1"), none, false),
                new RecaptionFilter(none, none, Optional.of("1"), false),
                new RecaptionFilter(none, none, none, true)))
        .noneMatch(RecaptionFilter::matchesWithoutRecord);
  }
}
