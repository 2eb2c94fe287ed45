package dev.sarscribe.app.config;

import java.util.List;

/**
 * What somebody set an option to.
 *
 * @param values as text, one for most options; {@code key=value} for options that are maps
 * @param source where, for a person: {@code file:line}, or the variable's name
 * @param secret whether nobody may see the values
 */
public record Setting(List<String> values, String source, boolean secret) {
  public Setting {
    values = List.copyOf(values);
  }

  /** Holds no value, as it may be a secret. */
  @Override
  public String toString() {
    return "setting of " + source;
  }
}
