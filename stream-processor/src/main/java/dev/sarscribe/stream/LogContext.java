package dev.sarscribe.stream;

import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.MDC;

/**
 * Says in every log message of this thread, until it is closed, which acquisition and which tile is
 * in work: {@code acquisition} and {@code tile} of the logger's diagnostic context.
 */
public final class LogContext implements AutoCloseable {
  private static final String ACQUISITION = "acquisition";
  private static final String TILE = "tile";

  /** Our own ids are shorter; a stranger's key may be anything. */
  private static final int MAX_CHARS = 200;

  /** A batch holds tiles of few acquisitions. */
  private static final int MAX_NAMED = 3;

  private LogContext() {}

  /** Work on an acquisition. */
  public static LogContext ofAcquisition(String id) {
    MDC.put(ACQUISITION, bounded(id));
    return new LogContext();
  }

  /** Work on a record whose key is {@code <acquisition>/<polarization>/<…>}. */
  public static LogContext ofPart(String key) {
    return ofAcquisition(acquisition(key));
  }

  /** Work on tiles; one is named itself, of several the acquisitions. */
  public static LogContext ofTiles(List<String> tileIds) {
    if (tileIds.size() == 1) {
      MDC.put(TILE, bounded(tileIds.get(0)));
    }
    return ofAcquisition(
        tileIds.stream()
            .map(LogContext::acquisition)
            .distinct()
            .limit(MAX_NAMED)
            .collect(Collectors.joining(",")));
  }

  private static String acquisition(String key) {
    return key.replaceFirst("/[^/]*/[^/]*$", "");
  }

  private static String bounded(String text) {
    return text.substring(0, Math.min(text.length(), MAX_CHARS));
  }

  @Override
  public void close() {
    MDC.remove(ACQUISITION);
    MDC.remove(TILE);
  }
}
