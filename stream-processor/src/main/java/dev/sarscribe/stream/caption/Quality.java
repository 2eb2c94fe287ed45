package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.schemas.avro.Tile;
import java.util.ArrayList;
import java.util.List;

/** The rules that flag a record. A flagged record is kept, but not accepted. */
final class Quality {
  /** The model is less sure of the concise caption than asked for. */
  static final String LOW_CONFIDENCE_CAPTION = "LOW_CONFIDENCE_CAPTION";

  /** A caption was asked for and is missing or blank. */
  static final String EMPTY_CAPTION = "EMPTY_CAPTION";

  /** An answer is blank. */
  static final String EMPTY_ANSWER = "EMPTY_ANSWER";

  /** So much of the tile is nodata that its edge may pass for a feature. */
  static final String LOW_VALID_FRACTION = "LOW_VALID_FRACTION";

  /** A tile with a quarter of nodata shows its scene's border as the largest feature. */
  private static final double MIN_VALID_FRACTION = 0.75;

  private Quality() {}

  static List<String> flags(
      Tile tile, Outcome.Described described, PromptSet prompts, double minConfidence) {
    List<String> flags = new ArrayList<>();
    var concise = described.concise();
    var detailed = described.detailed();
    if (concise.isPresent() && concise.orElseThrow().confidence() < minConfidence) {
      flags.add(LOW_CONFIDENCE_CAPTION);
    }
    boolean captioned =
        concise.filter(t -> !t.text().isBlank()).isPresent()
            && detailed.filter(t -> !t.text().isBlank()).isPresent();
    if (prompts.captions() && !captioned) {
      flags.add(EMPTY_CAPTION);
    }
    if (described.answers().stream().anyMatch(a -> a.answer().text().isBlank())) {
      flags.add(EMPTY_ANSWER);
    }
    if (tile.getValidFraction() < MIN_VALID_FRACTION) {
      flags.add(LOW_VALID_FRACTION);
    }
    return flags;
  }
}
