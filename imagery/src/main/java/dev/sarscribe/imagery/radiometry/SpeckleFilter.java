package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.Window;
import java.util.Arrays;

/**
 * The speckle filters on 7 x 7 windows. Both estimate the power x of a pixel of observed power z
 * from a mean E and a variance V of its surround, by the minimum mean square error under
 * multiplicative speckle:
 *
 * <pre>
 * x = E + k (z - E),   k = max(0, (V - E² s) / (V (1 + s))),   s = 1 / looks
 * </pre>
 *
 * with s the squared variation coefficient of fully developed speckle. They differ in the pixels
 * that E and V are taken of: {@link Lee} and {@link RefinedLee} say which.
 *
 * <p>Source: J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics",
 * IEEE Transactions on Pattern Analysis and Machine Intelligence 2(2), 1980, 165-168, with the
 * multiplicative model as in J.-S. Lee and E. Pottier, "Polarimetric Radar Imaging", CRC Press
 * 2009, section 5.
 *
 * <p>Nodata (NaN) takes no part in any mean or variance, and stays nodata. At a border of nodata or
 * of the array the statistics come from the pixels there are. A pixel's result depends on its own
 * window alone, to the last bit, whatever is filtered with it. Powers lie between 1e-16 and 1e16,
 * as their squares are summed in single precision. Thread-safe.
 */
public enum SpeckleFilter {
  /** Keeps edges sharp: statistics of the half window on the pixel's side of an edge. */
  REFINED_LEE("refined Lee 7x7", RefinedLee::new),

  /** Faster, softer at edges: statistics of the whole window. */
  LEE("Lee 7x7", Lee::new);

  /** Pixels that a filter looks at beyond the one it computes. */
  public static final int RADIUS = 3;

  /** Rows and columns of the window. */
  static final int SIZE = 2 * RADIUS + 1;

  /** Equivalent number of looks of a Sentinel-1 IW GRDH product. */
  public static final double GRDH_LOOKS = 4.4;

  /** Fewer valid pixels than this make no variance: the pixel is kept as it is. */
  private static final int LEAST_SAMPLES = 4;

  /** Columns done at a time, so that what is held of them stays in the second-level cache. */
  static final int STRIP = 512;

  /** Makes the statistics of a strip of columns. */
  private interface Statistics {
    WindowStatistics of(int columns, boolean gaps);
  }

  private final String title;
  private final Statistics statistics;

  SpeckleFilter(String title, Statistics statistics) {
    this.title = title;
    this.statistics = statistics;
  }

  /** As provenance spells it, for instance {@code refined Lee 7x7}. */
  public String title() {
    return title;
  }

  /**
   * Filters the inner window of an array of powers.
   *
   * @param values {@code width * height} powers, row by row, NaN for nodata; not changed
   * @param inner the pixels to compute; give them a surround of {@link #RADIUS} where there is one
   * @param looks equivalent number of looks of the data, positive
   * @return {@code inner.area()} filtered powers, row by row
   */
  public float[] filter(float[] values, int width, int height, Window inner, double looks) {
    if (values.length != Math.multiplyExact(width, height) || !inner.fitsIn(width, height)) {
      throw new IllegalArgumentException(
          "%s of %d values, %d x %d".formatted(inner, values.length, width, height));
    }
    if (!(looks > 0)) {
      throw new IllegalArgumentException("looks must be positive, not " + looks);
    }
    float[] out = new float[inner.area()];
    for (int x = inner.x(); x < inner.right(); x += STRIP) {
      int columns = Math.min(STRIP, inner.right() - x);
      Window strip = new Window(x, inner.y(), columns, inner.height());
      new Run(values, width, height, strip, (float) (1 / looks)).into(out, inner);
    }
    return out;
  }

  /** One strip of columns, from top to bottom. */
  private final class Run {
    private final float[] values;
    private final int width;
    private final int height;
    private final Window strip;
    private final float speckle;

    /** The row on its way in, its squares, and 1 where it is valid; with the strip's surround. */
    private final float[] row;

    private final float[] square;
    private final float[] valid;

    /** The last rows without their surround, as each is asked for again when it is the centre. */
    private final RowRing recent;

    private final float[] estimate;

    Run(float[] values, int width, int height, Window strip, float speckle) {
      this.values = values;
      this.width = width;
      this.height = height;
      this.strip = strip;
      this.speckle = speckle;
      int held = strip.width() + 2 * RADIUS;
      this.row = new float[held];
      this.square = new float[held];
      this.valid = new float[held];
      this.recent = new RowRing(RADIUS + 1, strip.width());
      this.estimate = new float[strip.width()];
    }

    void into(float[] out, Window inner) {
      boolean gaps = hasGaps();
      WindowStatistics windows = statistics.of(strip.width(), gaps);
      for (int y = strip.y() - RADIUS; y < strip.bottom() + RADIUS; y++) {
        load(y, gaps);
        windows.push(row, square, valid);
        int done = y - RADIUS;
        if (done >= strip.y()) {
          float[] centre = recent.ago(RADIUS);
          windows.find();
          estimate(centre, windows, speckle, estimate, strip.width());
          if (gaps) {
            keepGaps(centre, windows.count());
          }
          int to = (done - inner.y()) * inner.width() + strip.x() - inner.x();
          System.arraycopy(estimate, 0, out, to, strip.width());
        }
      }
    }

    /** Whether any window of the strip has fewer than all its pixels. */
    private boolean hasGaps() {
      if (strip.x() < RADIUS
          || strip.y() < RADIUS
          || strip.right() + RADIUS > width
          || strip.bottom() + RADIUS > height) {
        return true;
      }
      float[] sums = square; // a NaN survives any sum; not in use yet
      Arrays.fill(sums, 0);
      for (int y = strip.y() - RADIUS; y < strip.bottom() + RADIUS; y++) {
        copy(y);
        RowMath.add(sums, row, sums, row.length);
      }
      for (float sum : sums) {
        if (Float.isNaN(sum)) {
          return true;
        }
      }
      return false;
    }

    /** Takes a row of the array; pixels outside of it are nodata. */
    private void copy(int y) {
      int from = Math.max(0, strip.x() - RADIUS);
      int to = Math.min(width, strip.right() + RADIUS);
      boolean whole = y >= 0 && y < height && to - from == row.length;
      if (!whole) {
        Arrays.fill(row, Float.NaN);
      }
      if (y >= 0 && y < height) {
        System.arraycopy(values, y * width + from, row, from - strip.x() + RADIUS, to - from);
      }
    }

    private void load(int y, boolean gaps) {
      copy(y);
      System.arraycopy(row, RADIUS, recent.next(), 0, strip.width());
      if (gaps) {
        RowMath.validity(row, valid, row.length);
        RowMath.zeroNaN(row, row, row.length);
      }
      RowMath.multiply(row, row, square, row.length);
    }

    private void keepGaps(float[] centre, float[] count) {
      for (int i = 0; i < estimate.length; i++) {
        if (count[i] < LEAST_SAMPLES || Float.isNaN(centre[i])) {
          estimate[i] = centre[i];
        }
      }
    }
  }

  private static void estimate(
      float[] z, WindowStatistics windows, float speckle, float[] into, int n) {
    float[] sum = windows.sum();
    float[] squares = windows.sumOfSquares();
    float[] count = windows.count();
    for (int i = 0; i < n; i++) {
      float mean = sum[i] / count[i];
      float variance = squares[i] / count[i] - mean * mean;
      float signal = Math.max(0f, variance - mean * mean * speckle);
      // Without any variance there is no signal either: 0, not 0 / 0.
      float k = signal / Math.max(variance * (1 + speckle), Float.MIN_NORMAL);
      into[i] = mean + k * (z[i] - mean);
    }
  }
}
