package dev.sarscribe.schemas;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Which trace a record belongs to and which step of it wrote the record, as W3C Trace Context has
 * it. An acquisition begins a trace when it is published; every record that follows from it has the
 * same trace id and a span id of its own.
 *
 * @param traceId 32 lower-case hexadecimal digits, not all 0
 * @param spanId 16 lower-case hexadecimal digits, not all 0
 * @param flags 2 lower-case hexadecimal digits
 */
public record TraceParent(String traceId, String spanId, String flags) {
  /** Name of the header. */
  public static final String HEADER = "traceparent";

  private static final String SAMPLED = "01";

  /** What version 00 has; a later version, but not 00 itself, may append fields. */
  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?!ff)(?!00.{53}-)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

  /** A later version's fields are skipped, but not read without end. */
  private static final int MAX_BYTES = 256;

  public TraceParent {
    require(traceId, "[0-9a-f]{32}", "trace id");
    require(spanId, "[0-9a-f]{16}", "span id");
    if (!flags.matches("[0-9a-f]{2}")) {
      throw new IllegalArgumentException("trace flags '" + flags + "' are not two digits");
    }
  }

  private static void require(String id, String syntax, String what) {
    if (!id.matches(syntax) || id.matches("0+")) {
      throw new IllegalArgumentException(what + " '" + id + "' is not one");
    }
  }

  /** A new trace, sampled. */
  public static TraceParent begin() {
    var random = ThreadLocalRandom.current();
    // Never 0, which is no id.
    String traceId = "%016x%016x".formatted(random.nextLong(), random.nextLong() | 1);
    return new TraceParent(traceId, spanId(random), SAMPLED);
  }

  /** That of a record as it came; a new trace where there is none or it is malformed. */
  public static TraceParent of(Headers headers) {
    Header header = headers.lastHeader(HEADER);
    if (header == null || header.value() == null || header.value().length > MAX_BYTES) {
      return begin();
    }
    return of(new String(header.value(), StandardCharsets.US_ASCII));
  }

  /** That of a header's value; a new trace where it is malformed. */
  public static TraceParent of(String value) {
    Matcher parts = SYNTAX.matcher(value);
    if (!parts.matches()) {
      return begin();
    }
    try {
      return new TraceParent(parts.group(1), parts.group(2), parts.group(3));
    } catch (IllegalArgumentException e) {
      return begin();
    }
  }

  /** The next step of the same trace. */
  public TraceParent next() {
    return new TraceParent(traceId, spanId(ThreadLocalRandom.current()), flags);
  }

  private static String spanId(ThreadLocalRandom random) {
    return "%016x".formatted(random.nextLong() | 1);
  }

  /** The header's value: 55 characters. */
  @Override
  public String toString() {
    return "00-%s-%s-%s".formatted(traceId, spanId, flags);
  }
}
