package dev.sarscribe.captioner;

import java.util.Set;

/**
 * How an exported model's texts come to their end.
 *
 * @param pad fills up texts that have ended
 * @param ends any of which ends a text
 * @param noRepeat no sequence of so many tokens comes twice in a text; 0 if any may
 * @param max longest text, in tokens
 */
public record TextTokens(long pad, Set<Long> ends, int noRepeat, int max) {
  public TextTokens {
    ends = Set.copyOf(ends);
    if (ends.isEmpty() || noRepeat < 0 || max < 1) {
      throw new IllegalArgumentException("texts that end in %s after %d".formatted(ends, max));
    }
  }
}
