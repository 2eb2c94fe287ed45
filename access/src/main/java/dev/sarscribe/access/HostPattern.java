package dev.sarscribe.access;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Names one host ({@code data.example.org}), or with a leading {@code *.} every host below a domain
 * but not the domain itself. Case does not matter; ports are not told apart.
 */
public record HostPattern(String pattern) {
  private static final Pattern SHAPE =
      Pattern.compile("(\\*\\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\\[?[0-9a-f:.]+]?");

  /**
   * @throws IllegalArgumentException if it is neither a host nor a domain
   */
  public HostPattern {
    pattern = canonical(pattern);
    if (pattern.length() > 253 || !SHAPE.matcher(pattern).matches()) {
      throw new IllegalArgumentException(
          "'%s' is no host: write data.example.org, or *.example.org for all below it"
              .formatted(pattern));
    }
  }

  /** Whether a host as URLs write it is meant. */
  public boolean matches(String host) {
    String name = canonical(host);
    return pattern.startsWith("*.")
        ? name.length() > pattern.length() - 1 && name.endsWith(pattern.substring(1))
        : name.equals(pattern);
  }

  /** Lower case, no brackets of an IPv6 literal, no dot at the end. */
  static String canonical(String host) {
    String name = host.strip().toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
