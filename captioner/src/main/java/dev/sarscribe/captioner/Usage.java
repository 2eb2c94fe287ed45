package dev.sarscribe.captioner;

/**
 * How much a captioner has generated since it was opened.
 *
 * @param tokens generated, ends of sequence included
 * @param positions that the decoder computed: those of the prompts, and one for each sequence of a
 *     batch and each step; what a decoder without a cache computes again is not counted again
 * @param padding those of the positions that no text needed: the left of shorter prompts, and
 *     sequences that had ended before the others of their batch
 */
public record Usage(long tokens, long positions, long padding) {
  /** Nothing, or not known to the engine. */
  public static final Usage NONE = new Usage(0, 0, 0);

  public Usage plus(Usage other) {
    return new Usage(tokens + other.tokens, positions + other.positions, padding + other.padding);
  }

  public Usage minus(Usage other) {
    return new Usage(tokens - other.tokens, positions - other.positions, padding - other.padding);
  }

  /** Share of the decoder's work that was padding, 0 to 1. */
  public double paddingShare() {
    return positions == 0 ? 0 : (double) padding / positions;
  }
}
