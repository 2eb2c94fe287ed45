package dev.sarscribe.imagery.simulate;

import java.util.stream.IntStream;

/**
 * Multi-look speckle: gamma-distributed with mean one and the given number of looks, correlated
 * between neighbours as in a product whose pixels are finer than its resolution.
 */
final class Speckle {
  /** Weight of a neighbour, giving a correlation of 0.49 between adjacent pixels. */
  private static final float NEIGHBOUR = 0.28f;

  private final long seed;
  private final float offset;
  private final float slope;

  Speckle(long seed, double looks) {
    this.seed = seed;
    this.offset = gammaOffset(looks);
    this.slope = gammaSlope(looks);
  }

  /**
   * A gamma deviate of mean one from a normal one: (1 - 1/9k + z / 3√k)³, Wilson and Hilferty, PNAS
   * 17 (1931). This is its constant part for shape k.
   */
  static float gammaOffset(double shape) {
    return (float) (1 - 1 / (9 * shape));
  }

  /** The factor of the normal deviate in the transform of {@link #gammaOffset}. */
  static float gammaSlope(double shape) {
    return (float) (1 / (3 * Math.sqrt(shape)));
  }

  /** The transform of {@link #gammaOffset}. */
  static float gamma(float offset, float slope, float z) {
    float root = Math.max(0, offset + slope * z);
    return root * root * root;
  }

  /** Multiplies a band in place. */
  void apply(float[] power, int width, int firstRow, int rows) {
    float[] z = new float[Math.multiplyExact(width, rows + 2)];
    IntStream.range(0, rows + 2).parallel().forEach(r -> fillRow(z, width, r, firstRow + r - 1));
    float norm = 1 / (1 + 2 * NEIGHBOUR * NEIGHBOUR);
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            r -> {
              for (int i = r * width; i < (r + 1) * width; i++) {
                float sum = z[i + width] + NEIGHBOUR * (z[i] + z[i + 2 * width]);
                power[i] *= gamma(offset, slope, sum * norm);
              }
            });
  }

  private void fillRow(float[] z, int width, int r, int row) {
    int at = r * width;
    float left = Noise.normal(Noise.hash(seed, -1, row));
    float centre = Noise.normal(Noise.hash(seed, 0, row));
    for (int x = 0; x < width; x++) {
      float right = Noise.normal(Noise.hash(seed, x + 1L, row));
      z[at + x] = centre + NEIGHBOUR * (left + right);
      left = centre;
      centre = right;
    }
  }
}
