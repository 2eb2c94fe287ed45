package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.ImageInput.Filter;

/**
 * Resizes 8-bit images with a separable filter, widened when shrinking. The arithmetic is Pillow's
 * {@code BILINEAR}, {@code BICUBIC} and {@code LANCZOS} (fixed point, rounded to 8 bits after each
 * direction), so that a tile gives the model the same pixels as in training, bit for bit.
 */
final class Resampler {
  /** Fraction bits of the weights: 32 less 8 of the pixels and 2 of head room. */
  private static final int FRACTION_BITS = 22;

  /** Pillow's cubic, which overshoots little. */
  private static final double CUBIC = -0.5;

  /** Of Pillow's Lanczos filter. */
  private static final int LOBES = 3;

  private Resampler() {}

  /** Resizes an image with the bilinear filter. */
  static byte[] resize(byte[] pixels, int width, int height, int newWidth, int newHeight) {
    return resize(pixels, width, height, newWidth, newHeight, Filter.BILINEAR);
  }

  /**
   * Resizes an image.
   *
   * @param pixels {@code width * height} unsigned bytes, row by row
   * @return {@code newWidth * newHeight} unsigned bytes; the input itself if the size is the same
   */
  static byte[] resize(
      byte[] pixels, int width, int height, int newWidth, int newHeight, Filter filter) {
    byte[] wide = newWidth == width ? pixels : alongRows(pixels, width, height, newWidth, filter);
    return newHeight == height ? wide : alongColumns(wide, newWidth, height, newHeight, filter);
  }

  private static byte[] alongRows(
      byte[] pixels, int width, int height, int newWidth, Filter filter) {
    byte[] result = new byte[Math.multiplyExact(newWidth, height)];
    for (int x = 0; x < newWidth; x++) {
      Taps taps = Taps.of(x, width, newWidth, filter);
      for (int y = 0; y < height; y++) {
        int sum = 1 << (FRACTION_BITS - 1);
        int from = y * width + taps.first;
        for (int i = 0; i < taps.weights.length; i++) {
          sum += (pixels[from + i] & 0xff) * taps.weights[i];
        }
        result[y * newWidth + x] = toByte(sum);
      }
    }
    return result;
  }

  private static byte[] alongColumns(
      byte[] pixels, int width, int height, int newHeight, Filter filter) {
    byte[] result = new byte[Math.multiplyExact(width, newHeight)];
    for (int y = 0; y < newHeight; y++) {
      Taps taps = Taps.of(y, height, newHeight, filter);
      for (int x = 0; x < width; x++) {
        int sum = 1 << (FRACTION_BITS - 1);
        for (int i = 0; i < taps.weights.length; i++) {
          sum += (pixels[(taps.first + i) * width + x] & 0xff) * taps.weights[i];
        }
        result[y * width + x] = toByte(sum);
      }
    }
    return result;
  }

  private static byte toByte(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
  }

  /** The source pixels under one target pixel and their weights, which sum to one. */
  private static final class Taps {
    final int first;
    final int[] weights;

    private Taps(int first, int[] weights) {
      this.first = first;
      this.weights = weights;
    }

    static Taps of(int target, int size, int newSize, Filter filter) {
      double scale = (double) size / newSize;
      double widening = Math.max(1.0, scale);
      double support = widening * reach(filter);
      double centre = (target + 0.5) * scale;
      int first = Math.max(0, (int) (centre - support + 0.5));
      int end = Math.min(size, (int) (centre + support + 0.5));
      double[] values = new double[end - first];
      double total = 0;
      for (int i = 0; i < values.length; i++) {
        double distance = Math.abs((i + first - centre + 0.5) * (1.0 / widening));
        values[i] = weight(filter, distance);
        total += values[i];
      }
      int[] weights = new int[values.length];
      for (int i = 0; i < weights.length; i++) {
        double weight = values[i] / total * (1 << FRACTION_BITS);
        weights[i] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
      }
      return new Taps(first, weights);
    }

    /** How far from the centre a filter has weights. */
    private static int reach(Filter filter) {
      return switch (filter) {
        case BILINEAR -> 1;
        case BICUBIC -> 2;
        case LANCZOS -> LOBES;
      };
    }

    private static double weight(Filter filter, double distance) {
      return switch (filter) {
        case BILINEAR -> Math.max(0, 1 - distance);
        case BICUBIC -> cubic(distance);
        case LANCZOS -> distance < LOBES ? sinc(distance) * sinc(distance / LOBES) : 0;
      };
    }

    private static double sinc(double x) {
      return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }

    private static double cubic(double x) {
      if (x < 1) {
        return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
      }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * CUBIC : 0;
    }
  }
}
