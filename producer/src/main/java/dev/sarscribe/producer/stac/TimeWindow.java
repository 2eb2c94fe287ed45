package dev.sarscribe.producer.stac;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * A range of time by one property of items.
 *
 * @param property {@code datetime}, or a property such as {@code created}, {@code updated} or
 *     {@code published}, which needs an API that filters
 * @param from first instant, whole seconds
 * @param to last instant, whole seconds, not before the first
 */
public record TimeWindow(String property, Instant from, Instant to) {
  /** The property that every STAC API searches by. */
  public static final String DATETIME = "datetime";

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_:.-]{0,99}");

  public TimeWindow {
    from = from.truncatedTo(ChronoUnit.SECONDS);
    to = to.truncatedTo(ChronoUnit.SECONDS);
    if (!NAME.matcher(property).matches()) {
      throw new IllegalArgumentException("'" + property + "' is no name of a property");
    }
    if (to.isBefore(from)) {
      throw new IllegalArgumentException("a window ends after it begins");
    }
  }

  boolean isByDatetime() {
    return property.equals(DATETIME);
  }

  /** As the API's {@code datetime} parameter. */
  String interval() {
    return from + "/" + to;
  }
}
