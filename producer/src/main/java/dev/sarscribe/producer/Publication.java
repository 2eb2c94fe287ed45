package dev.sarscribe.producer;

/** What became of an item that was offered to a {@link Publisher}. */
public sealed interface Publication {
  /** The acquisition; of a refused item its name. */
  String acquisitionId();

  /** The acquisition is in {@code sar.acquisitions.v1}. */
  record Published(String acquisitionId, String item) implements Publication {}

  /**
   * The item is a dead letter.
   *
   * @param reason the dead letter's code
   * @param message names the item and the cause
   */
  record Refused(String item, String reason, String message) implements Publication {
    @Override
    public String acquisitionId() {
      return item;
    }
  }

  /** The same item, unchanged, was published or refused before; nothing was written. */
  record AlreadyPublished(String acquisitionId) implements Publication {}
}
