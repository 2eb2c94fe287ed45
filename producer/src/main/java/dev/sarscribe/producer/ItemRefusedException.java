package dev.sarscribe.producer;

/**
 * An item of a feed that cannot become an acquisition. It concerns this item alone: the feed writes
 * a dead letter and goes on.
 */
public final class ItemRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** More of an id is not needed to find the item, and hostile ids have no end. */
  private static final int MAX_ID_CHARS = 200;

  /** Why an item is refused; the names are the codes of dead letters. */
  public enum Reason {
    /** It is no STAC item, or no product of a catalogue, or a field that must be there is not. */
    MALFORMED_ITEM,

    /** It is no image that can be tiled: complex data, raw data, another sensor's, no raster. */
    UNSUPPORTED_PRODUCT,

    /** Its pixels lie where they cannot be fetched from. */
    UNSUPPORTED_URI,

    /** It has more assets, vertices or text than a record takes. */
    TOO_LARGE
  }

  private final Reason reason;
  private final String itemId;

  /**
   * @param itemId names the item; any text, which is shortened
   * @param cause what is wrong with it, without the id
   */
  public ItemRefusedException(Reason reason, String itemId, String cause) {
    super(bounded(itemId) + ": " + cause);
    this.reason = reason;
    this.itemId = bounded(itemId);
  }

  /** The code that the dead letter carries. */
  public String reason() {
    return reason.name();
  }

  /** The item's id, or what is known of it. */
  public String itemId() {
    return itemId;
  }

  private static String bounded(String id) {
    return id.substring(0, Math.min(MAX_ID_CHARS, id.length()));
  }
}
