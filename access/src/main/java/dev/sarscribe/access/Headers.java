package dev.sarscribe.access;

import dev.sarscribe.backoff.RetryAfter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The headers of an answer; case does not matter. Immutable. */
public final class Headers {
  private final Map<String, List<String>> values;

  private Headers(Map<String, List<String>> values) {
    this.values = values;
  }

  static final class Builder {
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    void add(String name, String value) {
      if (value != null) {
        values.computeIfAbsent(lower(name), n -> new ArrayList<>()).add(value.strip());
      }
    }

    Headers build() {
      values.replaceAll((name, list) -> List.copyOf(list));
      return new Headers(Map.copyOf(values));
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** The first value of a header. */
  public Optional<String> first(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(0));
  }

  /** Every value of a header, in order. */
  public List<String> all(String name) {
    return values.getOrDefault(lower(name), List.of());
  }

  /** A header that is a number of bytes; empty if absent or none. */
  public OptionalLong bytes(String name) {
    Optional<String> text = first(name).filter(t -> t.matches("\\d{1,18}"));
    return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
  }

  /** {@code Retry-After} in seconds or as a date, never negative; empty if absent or neither. */
  Optional<Duration> retryAfter(Instant now) {
    return first("Retry-After").flatMap(value -> RetryAfter.parse(value, now));
  }

  /** Names only: values may be secrets. */
  @Override
  public String toString() {
    return values.keySet().toString();
  }
}
