package dev.sarscribe.imagery.simulate;

/** The classes of the land-cover mask; a mask pixel is {@link #code()}. */
public enum LandCover {
  NODATA(0),
  WATER(1),
  URBAN(2),
  FIELD(3),
  FOREST(4),
  BARE(5);

  private final byte code;

  LandCover(int code) {
    this.code = (byte) code;
  }

  /** The value in the mask. */
  public byte code() {
    return code;
  }
}
