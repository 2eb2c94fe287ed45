package dev.sarscribe.imagery.simulate;

import java.util.Arrays;

/**
 * Hills as the radar sees them. A point at height h is imaged h / tan θ nearer to the radar than it
 * lies, so slopes that face the radar are squeezed into few bright pixels (foreshortening, or
 * layover where the order turns round) and those behind are stretched and dark. Not thread-safe.
 */
final class Relief {
  /** Hills are sampled at no less than this, in metres. */
  private static final double LEAST_STEP_M = 5;

  /** 1 / tan θ at 38 degrees of incidence. */
  private static final double SHIFT_PER_HEIGHT = 1.28;

  private static final double HILL_M = 620;

  private final Fractal heights;
  private final RowNoise ranges;
  private final double tallestM;
  private final double plains;
  private final double spacing;
  private final float[] gains;

  /**
   * Hills for rows of a scene.
   *
   * @param tallestM height of the tallest hills above the plain
   * @param plains noise below this is flat: -1 for hills everywhere
   */
  Relief(SceneSpec spec, double tallestM, double plains) {
    heights = new Fractal(spec.seed() + 501, 4, HILL_M);
    ranges = new RowNoise(new Fractal(spec.seed() + 521, 3, 7000)::at, 200);
    this.tallestM = tallestM;
    this.plains = plains;
    spacing = spec.pixelSpacingM();
    gains = new float[spec.width()];
  }

  /**
   * How much brighter than flat ground each pixel of a row is, linear. The ground between two
   * samples is spread over the pixels onto which it is imaged, so power is neither lost nor made.
   *
   * @param first column that matters
   * @param last column that matters
   * @return the same array on every call, valid between the two columns
   */
  float[] gains(double y, int first, int last) {
    Arrays.fill(gains, tallestM > 0 ? 0 : 1);
    if (tallestM <= 0 || first > last) {
      return gains;
    }
    double step = Math.max(LEAST_STEP_M, 2 * spacing);
    // Higher ground to the right is laid over into the row. Samples lie on a global grid.
    double reach = tallestM * SHIFT_PER_HEIGHT + 2 * step;
    long sample = (long) Math.floor((first * spacing - step) / step);
    long end = (long) Math.ceil(((last + 1) * spacing + reach) / step);
    double before = imaged(sample * step, y);
    while (sample < end) {
      sample++;
      double now = imaged(sample * step, y);
      spread(Math.min(before, now), Math.max(before, now), step / spacing);
      before = now;
    }
    for (int i = 0; i < gains.length; i++) {
      gains[i] = Math.max(0.12f, Math.min(9, gains[i]));
    }
    return gains;
  }

  /** Where a point on the ground appears, in pixels. */
  private double imaged(double x, double y) {
    return (x - height(x, y) * SHIFT_PER_HEIGHT) / spacing;
  }

  /** Distributes the power of some ground, in pixels, over an interval of the row. */
  private void spread(double from, double to, double power) {
    double width = Math.max(to - from, 0.5);
    double middle = (from + to) / 2;
    double start = middle - width / 2;
    int first = (int) Math.floor(start);
    int last = (int) Math.floor(start + width);
    for (int i = Math.max(0, first); i <= Math.min(gains.length - 1, last); i++) {
      double covered = Math.min(i + 1, start + width) - Math.max(i, start);
      gains[i] += (float) (power * covered / width);
    }
  }

  /** Height above the plain in metres. */
  private double height(double x, double y) {
    float range = ranges.at(x, y);
    double rise = Math.min(1, Math.max(0, (range - plains) * 4));
    if (rise == 0) {
      return 0;
    }
    return tallestM * rise * heights.ridges(x, y);
  }
}
