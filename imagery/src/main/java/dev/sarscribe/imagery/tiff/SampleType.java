package dev.sarscribe.imagery.tiff;

/** The sample types that are read; a raster's samples are all of one type. */
public enum SampleType {
  UINT8(1, 1),
  UINT16(2, 1),
  INT16(2, 2),
  FLOAT32(4, 3),
  FLOAT64(8, 3);

  private final int bytes;
  private final int sampleFormat;

  SampleType(int bytes, int sampleFormat) {
    this.bytes = bytes;
    this.sampleFormat = sampleFormat;
  }

  /** Size of a sample in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The value of this type next to a number; an integer has no NaN and takes 0. */
  double nearest(double value) {
    return switch (this) {
      case UINT8 -> clamped(value, 0, 255);
      case UINT16 -> clamped(value, 0, 65_535);
      case INT16 -> clamped(value, Short.MIN_VALUE, Short.MAX_VALUE);
      case FLOAT32 -> (float) value;
      case FLOAT64 -> value;
    };
  }

  private static double clamped(double value, int low, int high) {
    return Math.max(low, Math.min(high, Math.round(value)));
  }

  /** The value of TIFF tag 339: 1 unsigned, 2 signed, 3 floating point. */
  int sampleFormat() {
    return sampleFormat;
  }
}
