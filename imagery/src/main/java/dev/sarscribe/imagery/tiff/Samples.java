package dev.sarscribe.imagery.tiff;

import java.nio.ByteBuffer;

/** Converts stored samples to floats. Static, thread-safe. */
@SuppressWarnings("ByteBufferBackingArray") // blocks are whole heap arrays
final class Samples {
  private Samples() {}

  /**
   * Copies {@code n} samples, beginning with sample number {@code from} of {@code data} and taking
   * every {@code stride}-th, to {@code out} from {@code to}.
   */
  static void copy(
      ByteBuffer data, SampleType type, int from, int stride, float[] out, int to, int n) {
    switch (type) {
      case UINT8 -> bytes(data, from, stride, out, to, n);
      case UINT16 -> unsigned(data, from, stride, out, to, n);
      case INT16 -> signed(data, from, stride, out, to, n);
      case FLOAT32 -> floats(data, from, stride, out, to, n);
      case FLOAT64 -> doubles(data, from, stride, out, to, n);
    }
  }

  private static void bytes(ByteBuffer data, int from, int stride, float[] out, int to, int n) {
    byte[] a = data.array();
    for (int i = 0, p = from; i < n; i++, p += stride) {
      out[to + i] = a[p] & 0xFF;
    }
  }

  private static void unsigned(ByteBuffer data, int from, int stride, float[] out, int to, int n) {
    for (int i = 0, p = 2 * from; i < n; i++, p += 2 * stride) {
      out[to + i] = data.getShort(p) & 0xFFFF;
    }
  }

  private static void signed(ByteBuffer data, int from, int stride, float[] out, int to, int n) {
    for (int i = 0, p = 2 * from; i < n; i++, p += 2 * stride) {
      out[to + i] = data.getShort(p);
    }
  }

  private static void floats(ByteBuffer data, int from, int stride, float[] out, int to, int n) {
    for (int i = 0, p = 4 * from; i < n; i++, p += 4 * stride) {
      out[to + i] = data.getFloat(p);
    }
  }

  private static void doubles(ByteBuffer data, int from, int stride, float[] out, int to, int n) {
    for (int i = 0, p = 8 * from; i < n; i++, p += 8 * stride) {
      out[to + i] = (float) data.getDouble(p);
    }
  }

  /**
   * Spreads single bits, the first in the highest bit of a byte and each row beginning with a new
   * byte, to one byte of 0 or 1 each.
   */
  static void unpackBits(byte[] packed, int rowSamples, byte[] out) {
    int rowBytes = (rowSamples + 7) / 8;
    for (int i = 0; i < out.length; i++) {
      int row = i / rowSamples;
      int column = i - row * rowSamples;
      out[i] = (byte) (packed[row * rowBytes + column / 8] >> (7 - column % 8) & 1);
    }
  }
}
