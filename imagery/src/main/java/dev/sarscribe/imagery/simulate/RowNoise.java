package dev.sarscribe.imagery.simulate;

/**
 * A slowly varying noise, computed at regular points along a row and interpolated between them. The
 * points lie on one grid for the whole plane, so a value does not depend on what was asked before.
 * Not thread-safe.
 */
final class RowNoise {
  /** Noise over the plane, in metres. */
  interface Plane {
    float at(double x, double y);
  }

  private final Plane noise;
  private final double stepM;
  private double rowY = Double.NaN;
  private long cell = Long.MIN_VALUE;
  private float left;
  private float right;

  /**
   * Wraps a noise.
   *
   * @param stepM distance of the points; a quarter of the finest wave or less
   */
  RowNoise(Plane noise, double stepM) {
    this.noise = noise;
    this.stepM = stepM;
  }

  /** The noise at a point in metres. */
  float at(double x, double y) {
    double steps = x / stepM;
    long here = (long) steps;
    here = steps < here ? here - 1 : here;
    if (here != cell || y != rowY) {
      left = here == cell + 1 && y == rowY ? right : noise.at(here * stepM, y);
      right = noise.at((here + 1) * stepM, y);
      cell = here;
      rowY = y;
    }
    return left + (right - left) * (float) (steps - here);
  }
}
