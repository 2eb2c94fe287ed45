package dev.sarscribe.stream;

/** Why a planned tile is not in the corpus, as progress spells it. */
public final class RejectReason {
  /** Not one valid pixel. */
  public static final String NO_DATA = "NO_DATA";

  /** Fewer valid pixels than asked for. */
  public static final String TOO_LITTLE_VALID = "TOO_LITTLE_VALID";

  /** An edge of the tile, clipped to its scene, is shorter than asked for. */
  public static final String TOO_SMALL = "TOO_SMALL";

  /**
   * The only rejection of a tile that was cut: the model or its engine failed; see dead letters.
   */
  public static final String CAPTION_FAILED = "CAPTION_FAILED";

  /** Stands for every reason beyond the number that a ledger can tell apart. */
  public static final String OTHER = "OTHER";

  private static final String UNREADABLE = "UNREADABLE_";

  private RejectReason() {}

  /** The tile's row band could not be read; the dead letter has the code that follows. */
  public static String unreadable(String code) {
    return UNREADABLE + code;
  }
}
