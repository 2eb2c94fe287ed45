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

  /** The value of TIFF tag 339: 1 unsigned, 2 signed, 3 floating point. */
  int sampleFormat() {
    return sampleFormat;
  }
}
