package dev.sarscribe.imagery.product;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times of acquisitions. Static, thread-safe. */
public final class AcquisitionTime {
  /** With nanoseconds and a zone, RFC 3339 needs no more. */
  private static final int MAX_CHARS = 40;

  private AcquisitionTime() {}

  /**
   * Reads a time as metadata write it: RFC 3339, also with a space for the T.
   *
   * @throws DateTimeException if it is no such time, or one in a year of more than four digits
   */
  public static Instant parse(String text) {
    if (text.length() > MAX_CHARS) {
      throw new DateTimeException("a time of " + text.length() + " characters");
    }
    String standard = text.strip().toUpperCase(Locale.ROOT).replaceFirst(" +", "T");
    return checked(
        OffsetDateTime.parse(standard, DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant());
  }

  /**
   * The same time, if it is one that can be told on: an {@link Instant} reaches a billion years
   * further than a count of milliseconds.
   *
   * @throws DateTimeException if its year is not one of four digits
   */
  static Instant checked(Instant time) {
    int year = time.atOffset(ZoneOffset.UTC).getYear();
    if (year < 0 || year > 9999) {
      throw new DateTimeException("a time in the year " + year);
    }
    return time;
  }
}
