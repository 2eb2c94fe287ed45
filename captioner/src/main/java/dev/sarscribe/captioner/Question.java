package dev.sarscribe.captioner;

/**
 * A question that is asked about every tile.
 *
 * @param id stable name within its set, for instance {@code counting-ship}
 * @param application the benchmark application it belongs to
 * @param text as put to the model; boxes as {@code [x, y, w, h]} in pixels
 */
public record Question(String id, Application application, String text) {
  /** A question is short: longer ones are refused before they reach the model. */
  public static final int MAX_LENGTH = 400;

  public Question {
    if (id.isBlank() || text.isBlank()) {
      throw new IllegalArgumentException("a question needs an id and a text");
    }
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "question " + id + " has " + text.length() + " characters; at most " + MAX_LENGTH);
    }
  }
}
