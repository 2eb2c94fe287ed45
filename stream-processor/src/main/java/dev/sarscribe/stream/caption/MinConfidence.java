package dev.sarscribe.stream.caption;

/**
 * Below which confidence a text is flagged; it is written all the same.
 *
 * @param caption for concise captions, 0 to 1; a record below it is not accepted
 * @param answer for answers, 0 to 1; each is flagged on its own
 */
public record MinConfidence(double caption, double answer) {
  public MinConfidence {
    requireProbability("caption", caption);
    requireProbability("answer", answer);
  }

  private static void requireProbability(String field, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(
          "minConfidence.%s is %s; it must be between 0 and 1".formatted(field, value));
    }
  }
}
