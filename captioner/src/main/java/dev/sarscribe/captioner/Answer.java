package dev.sarscribe.captioner;

/** The answer to one question; its confidence is the chance that it is right. */
public record Answer(Question question, Text answer) {
  /** Below this an answer is flagged unless told otherwise: it is more likely wrong than right. */
  public static final double DEFAULT_MIN_CONFIDENCE = 0.5;

  /** Whether the confidence is known and below a limit, 0 to 1. */
  public boolean isLowConfidence(double limit) {
    return answer.confidence() < limit;
  }
}
