package dev.sarscribe.imagery.product;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;

/** Times of acquisitions. Static, thread-safe. */
final class AcquisitionTime {
  private AcquisitionTime() {}

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
