package dev.sarscribe.backoff;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header {@code Retry-After} of RFC 9110, section 10.2.3. */
public final class RetryAfter {
  private RetryAfter() {}

  /**
   * How long a server wants not to be asked; never negative.
   *
   * @param value of the header: seconds, or a date
   * @return empty if it is neither
   */
  public static Optional<Duration> parse(String value, Instant now) {
    String text = value.strip();
    try {
      if (text.matches("\\d{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
      }
      Instant until = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
      return Optional.of(until.isBefore(now) ? Duration.ZERO : Duration.between(now, until));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
