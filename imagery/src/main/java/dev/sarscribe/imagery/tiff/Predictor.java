package dev.sarscribe.imagery.tiff;

/** Undoes TIFF predictors in place, row by row. Static, thread-safe. */
final class Predictor {
  private Predictor() {}

  /**
   * Predictor 2, horizontal differencing of integers, or of floats taken as integers.
   *
   * @param data rows of {@code width * samples} samples
   * @param sampleBytes 1, 2, 4 or 8
   * @param littleEndian byte order of the samples in {@code data}, kept
   */
  static void undoHorizontal(
      byte[] data, int rows, int width, int samples, int sampleBytes, boolean littleEndian) {
    int rowBytes = width * samples * sampleBytes;
    for (int row = 0; row < rows; row++) {
      int begin = row * rowBytes;
      switch (sampleBytes) {
        case 1 -> addBytes(data, begin, rowBytes, samples);
        case 2 -> addShorts(data, begin, rowBytes, samples, littleEndian);
        default -> addWide(data, begin, rowBytes, samples, sampleBytes, littleEndian);
      }
    }
  }

  private static void addBytes(byte[] data, int begin, int rowBytes, int stride) {
    for (int i = begin + stride; i < begin + rowBytes; i++) {
      data[i] += data[i - stride];
    }
  }

  private static void addShorts(
      byte[] data, int begin, int rowBytes, int samples, boolean littleEndian) {
    int lo = littleEndian ? 0 : 1;
    int hi = 1 - lo;
    for (int s = 0; s < samples; s++) {
      int sum = 0;
      for (int i = begin + 2 * s; i < begin + rowBytes; i += 2 * samples) {
        sum += (data[i + lo] & 0xFF) | data[i + hi] << 8;
        data[i + lo] = (byte) sum;
        data[i + hi] = (byte) (sum >> 8);
      }
    }
  }

  private static void addWide(
      byte[] data, int begin, int rowBytes, int samples, int sampleBytes, boolean littleEndian) {
    int stride = samples * sampleBytes;
    for (int i = begin + stride; i < begin + rowBytes; i += sampleBytes) {
      int carry = 0;
      for (int k = 0; k < sampleBytes; k++) { // from the least significant byte up
        int at = i + (littleEndian ? k : sampleBytes - 1 - k);
        int sum = (data[at] & 0xFF) + (data[at - stride] & 0xFF) + carry;
        data[at] = (byte) sum;
        carry = sum >> 8;
      }
    }
  }

  /**
   * Predictor 3: bytes of equal significance were gathered, most significant first, then
   * differenced.
   *
   * @param littleEndian byte order in which samples are put back
   */
  static void undoFloatingPoint(
      byte[] data, int rows, int width, int samples, int sampleBytes, boolean littleEndian) {
    int values = width * samples;
    int rowBytes = values * sampleBytes;
    byte[] row = new byte[rowBytes];
    for (int r = 0; r < rows; r++) {
      int begin = r * rowBytes;
      System.arraycopy(data, begin, row, 0, rowBytes);
      addBytes(row, 0, rowBytes, samples);
      for (int k = 0; k < sampleBytes; k++) {
        int place = begin + (littleEndian ? sampleBytes - 1 - k : k);
        int plane = k * values;
        for (int i = 0; i < values; i++) {
          data[place + i * sampleBytes] = row[plane + i];
        }
      }
    }
  }
}
