package dev.sarscribe.captioner;

/**
 * A generated text.
 *
 * @param text as generated, trimmed
 * @param confidence 0 to 1; of an answer the probability of the whole of it, which models are
 *     calibrated to give as the chance that it is right; of a caption the geometric mean of its
 *     tokens' probabilities; {@link #UNKNOWN_CONFIDENCE} where the engine gives no probabilities
 */
public record Text(String text, double confidence) {
  /** Not a number: below no limit, so that a text is never flagged for what nobody knows. */
  public static final double UNKNOWN_CONFIDENCE = Double.NaN;

  public Text {
    if (!Double.isNaN(confidence) && !(confidence >= 0 && confidence <= 1)) {
      throw new IllegalArgumentException("confidence " + confidence);
    }
  }
}
