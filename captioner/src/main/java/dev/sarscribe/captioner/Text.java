package dev.sarscribe.captioner;

/**
 * A generated text.
 *
 * @param text as generated, trimmed
 * @param confidence 0 to 1: the geometric mean of its tokens' probabilities
 */
public record Text(String text, double confidence) {
  public Text {
    if (!(confidence >= 0 && confidence <= 1)) {
      throw new IllegalArgumentException("confidence " + confidence);
    }
  }
}
