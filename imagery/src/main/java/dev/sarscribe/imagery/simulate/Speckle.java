package dev.sarscribe.imagery.simulate;

/**
 * Multi-look speckle of both polarizations: gamma-distributed with mean one and the given number of
 * looks, correlated between neighbours as in a product whose pixels are finer than its resolution,
 * independent between polarizations.
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
    // Of one look the cubic falls below zero at times; a power of zero would mean nodata.
    float root = Math.max(0.03f, offset + slope * z);
    return root * root * root;
  }

  /** Multiplies the rows of both polarizations in place. */
  void apply(float[] vv, float[] vh, int width, int firstRow, int rows) {
    float[][] zVv = new float[3][width];
    float[][] zVh = new float[3][width];
    fillRow(zVv[0], zVh[0], firstRow - 1);
    fillRow(zVv[1], zVh[1], firstRow);
    for (int r = 0; r < rows; r++) {
      fillRow(zVv[(r + 2) % 3], zVh[(r + 2) % 3], firstRow + r + 1);
      multiply(vv, r * width, zVv[(r + 1) % 3], zVv[r % 3], zVv[(r + 2) % 3]);
      multiply(vh, r * width, zVh[(r + 1) % 3], zVh[r % 3], zVh[(r + 2) % 3]);
    }
  }

  private void multiply(float[] power, int at, float[] centre, float[] above, float[] below) {
    float norm = 1 / (1 + 2 * NEIGHBOUR * NEIGHBOUR);
    for (int x = 0; x < centre.length; x++) {
      float z = (centre[x] + NEIGHBOUR * (above[x] + below[x])) * norm;
      power[at + x] *= gamma(offset, slope, z);
    }
  }

  /** Normal deviates of a row, already mixed with their neighbours to the left and right. */
  private void fillRow(float[] vv, float[] vh, int row) {
    long hash = Noise.hash(seed, -1, row);
    long next = Noise.hash(seed, 0, row);
    float leftVv = Noise.normal(hash);
    float leftVh = Noise.otherNormal(hash);
    float centreVv = Noise.normal(next);
    float centreVh = Noise.otherNormal(next);
    for (int x = 0; x < vv.length; x++) {
      hash = Noise.hash(seed, x + 1L, row);
      float rightVv = Noise.normal(hash);
      float rightVh = Noise.otherNormal(hash);
      vv[x] = centreVv + NEIGHBOUR * (leftVv + rightVv);
      vh[x] = centreVh + NEIGHBOUR * (leftVh + rightVh);
      leftVv = centreVv;
      leftVh = centreVh;
      centreVv = rightVv;
      centreVh = rightVh;
    }
  }
}
