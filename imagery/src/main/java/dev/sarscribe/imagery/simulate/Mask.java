package dev.sarscribe.imagery.simulate;

/**
 * Regions where a noise exceeds a threshold. Its coarse octaves are interpolated along a row and
 * its fine ones are computed only where they can matter, near the edges. Not thread-safe.
 */
final class Mask {
  private static final int COARSE = 3;

  /** What the finer octaves add up to at most. */
  private static final float FINE_REACH = 0.125f;

  private final RowNoise coarse;
  private final Fractal fine;

  /**
   * Noise for regions.
   *
   * @param octaves more than three; the last gives the edges their finest detail
   * @param waveM size of the regions in metres
   * @param pixelM pixel spacing in metres
   */
  Mask(long seed, int octaves, double waveM, double pixelM) {
    coarse = new RowNoise(new Fractal(seed, COARSE, waveM)::at, 8 * pixelM);
    fine = new Fractal(seed, COARSE, octaves - COARSE, waveM);
  }

  /** The noise at a point in metres: within ±1, with a standard deviation of about 0.25. */
  float at(double x, double y) {
    return coarse.at(x, y) + fine.at(x, y);
  }

  /** Whether {@link #at} exceeds a threshold. */
  boolean above(double x, double y, double threshold) {
    double missing = threshold - coarse.at(x, y);
    return Math.abs(missing) > FINE_REACH ? missing < 0 : fine.above(x, y, missing);
  }
}
