package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.Window;
import java.util.Arrays;

/**
 * The refined Lee speckle filter on 7 x 7 windows.
 *
 * <p>For each pixel of intensity z, the means of nine overlapping 3 x 3 sub-windows tell the
 * direction of the strongest edge (four directions) and on which of its sides the pixel lies. Of
 * the 7 x 7 window only the half on that side, 28 pixels, is used: its mean E and variance V give
 * the minimum mean square error estimate
 *
 * <pre>
 * x = E + k (z - E),   k = max(0, (V - E² s) / (V (1 + s))),   s = 1 / looks
 * </pre>
 *
 * with s the squared variation coefficient of fully developed speckle.
 *
 * <p>Source: J.-S. Lee, "Refined filtering of image noise using local statistics", Computer
 * Graphics and Image Processing 15(4), 1981, 380-389; multiplicative model as in J.-S. Lee and E.
 * Pottier, "Polarimetric Radar Imaging", CRC Press 2009, section 5.
 *
 * <p>Nodata (NaN) takes no part in any mean or variance, and stays nodata. At a border of nodata or
 * of the array the statistics come from the pixels there are. Static, thread-safe.
 */
public final class RefinedLee {
  /** Pixels that the filter looks at beyond the one it computes. */
  public static final int RADIUS = 3;

  /** Equivalent number of looks of a Sentinel-1 IW GRDH product. */
  public static final double GRDH_LOOKS = 4.4;

  private static final int SIZE = 2 * RADIUS + 1;

  /** Fewer valid pixels than this make no variance: the pixel is kept as it is. */
  private static final int LEAST_SAMPLES = 4;

  /** Columns done at a time, so that the run sums stay in the second-level cache. */
  private static final int STRIP = 512;

  private RefinedLee() {}

  /**
   * Filters the inner window of an array of powers.
   *
   * @param values {@code width * height} powers, row by row, NaN for nodata; not changed
   * @param inner the pixels to compute; give them a surround of {@link #RADIUS} where there is one
   * @param looks equivalent number of looks of the data, positive
   * @return {@code inner.area()} filtered powers, row by row
   */
  public static float[] filter(float[] values, int width, int height, Window inner, double looks) {
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
      new Strip(values, width, height, x, columns, (float) (1 / looks)).filter(inner, out);
    }
    return out;
  }

  /**
   * The eight halves of the window, as the run that each takes of each of the seven rows: {first
   * column, length}. Every run touches the window's left or right side. Pairs of opposite halves
   * are adjacent; the centre row and column, or the diagonal, belong to both.
   */
  private static final int[][][] HALVES = halves();

  private static int[][][] halves() {
    int[][][] h = new int[8][SIZE][];
    for (int r = 0; r < SIZE; r++) {
      h[0][r] = new int[] {0, 4}; // left of an upright edge
      h[1][r] = new int[] {3, 4}; // right of it
      h[2][r] = new int[] {0, r <= RADIUS ? SIZE : 0}; // above a level edge
      h[3][r] = new int[] {0, r >= RADIUS ? SIZE : 0}; // below it
      h[4][r] = new int[] {0, SIZE - r}; // upper left of a rising edge
      h[5][r] = new int[] {SIZE - 1 - r, r + 1}; // lower right of it
      h[6][r] = new int[] {r, SIZE - r}; // upper right of a falling edge
      h[7][r] = new int[] {0, r + 1}; // lower left of it
    }
    return h;
  }

  /**
   * Filters a strip of columns from top to bottom. For each of the last seven rows it holds the
   * sums over runs of 1 to 7 pixels from every column, of powers, their squares and their number;
   * the statistics of any half window are then seven look-ups each. Run sums rather than prefix
   * sums: nothing is subtracted, so a bright target costs its dark neighbours no precision.
   */
  private static final class Strip {
    private final float[] values;
    private final int width;
    private final int height;
    private final int left;
    private final int columns;
    private final float speckle;

    /** Columns held: those computed and their surround. */
    private final int held;

    /** Run sums by ring row, length and column; an eighth ring row of zeros for empty runs. */
    private final float[] sums;

    private final float[] squares;
    private final float[] counts;
    private final boolean[] gaps = new boolean[SIZE];

    /** Means of 3 x 3 pixels around each column, of the last five rows. */
    private final float[][] boxes = new float[5][];

    /** Where the run of half {@code h}, window row {@code r} begins, for the current row. */
    private final int[] places = new int[8 * SIZE];

    private final float[] row;
    private final float[] shifted;
    private final float[] running;

    Strip(float[] values, int width, int height, int left, int columns, float speckle) {
      this.values = values;
      this.width = width;
      this.height = height;
      this.left = left;
      this.columns = columns;
      this.speckle = speckle;
      this.held = columns + 2 * RADIUS;
      this.sums = new float[(SIZE + 1) * SIZE * held];
      this.squares = new float[sums.length];
      this.counts = new float[sums.length];
      this.row = new float[held];
      this.shifted = new float[held];
      this.running = new float[held];
      Arrays.setAll(boxes, i -> new float[held]);
    }

    void filter(Window inner, float[] out) {
      for (int y = inner.y() - RADIUS; y < inner.bottom() + RADIUS; y++) {
        load(y);
        if (y >= inner.y() - RADIUS + 2) {
          box(y - 1);
        }
        int done = y - RADIUS;
        if (done >= inner.y()) {
          findPlaces(done);
          int to = (done - inner.y()) * inner.width() + left - inner.x();
          if (hasGap()) {
            outputWithGaps(done, out, to);
          } else {
            output(done, out, to);
          }
        }
      }
    }

    private int slot(int y) {
      return Math.floorMod(y, SIZE);
    }

    private int place(int slot, int length) {
      return (slot * SIZE + length - 1) * held;
    }

    /** Takes a row into the ring; pixels outside the array count as nodata. */
    private void load(int y) {
      int slot = slot(y);
      Arrays.fill(row, Float.NaN);
      if (y >= 0 && y < height) {
        int from = Math.max(0, left - RADIUS);
        int to = Math.min(width, left + columns + RADIUS);
        System.arraycopy(values, y * width + from, row, from - left + RADIUS, to - from);
      }
      boolean gap = false;
      for (float v : row) {
        gap |= Float.isNaN(v);
      }
      if (gap || gaps[slot] || counts[place(slot, 1)] == 0) {
        float[] valid = new float[held];
        for (int i = 0; i < held; i++) {
          valid[i] = Float.isNaN(row[i]) ? 0 : 1;
          row[i] = Float.isNaN(row[i]) ? 0 : row[i];
        }
        runs(valid, counts, slot);
      }
      gaps[slot] = gap;
      runs(row, sums, slot);
      for (int i = 0; i < held; i++) {
        row[i] *= row[i];
      }
      runs(row, squares, slot);
    }

    /** Sums of runs of 1 to 7 values from every column. */
    private void runs(float[] source, float[] into, int slot) {
      System.arraycopy(source, 0, running, 0, held);
      System.arraycopy(source, 0, into, place(slot, 1), held);
      Arrays.fill(shifted, 0);
      for (int k = 2; k <= SIZE; k++) {
        System.arraycopy(source, k - 1, shifted, 0, held - k + 1);
        shifted[held - k + 1] = 0;
        add(running, shifted, held);
        System.arraycopy(running, 0, into, place(slot, k), held);
      }
    }

    private static void add(float[] a, float[] b, int n) {
      for (int i = 0; i < n; i++) {
        a[i] += b[i];
      }
    }

    /** Means of the 3 x 3 valid pixels around each column of a row; 0 where there are none. */
    private void box(int y) {
      float[] box = boxes[Math.floorMod(y, 5)];
      int a = place(slot(y - 1), 3);
      int b = place(slot(y), 3);
      int c = place(slot(y + 1), 3);
      for (int i = 0; i < held - 2; i++) {
        float n = counts[a + i] + counts[b + i] + counts[c + i];
        float sum = sums[a + i] + sums[b + i] + sums[c + i];
        box[i + 1] = n == 0 ? 0 : sum / n;
      }
    }

    private void findPlaces(int y) {
      for (int h = 0; h < HALVES.length; h++) {
        for (int r = 0; r < SIZE; r++) {
          int[] run = HALVES[h][r];
          places[h * SIZE + r] =
              run[1] == 0 ? SIZE * SIZE * held : place(slot(y - RADIUS + r), run[1]) + run[0];
        }
      }
    }

    private boolean hasGap() {
      boolean any = false;
      for (boolean g : gaps) {
        any |= g;
      }
      return any;
    }

    private void output(int y, float[] out, int to) {
      float[] above = boxes[Math.floorMod(y - 2, 5)];
      float[] level = boxes[Math.floorMod(y, 5)];
      float[] below = boxes[Math.floorMod(y + 2, 5)];
      int centre = place(slot(y), 1) + RADIUS;
      for (int i = 0; i < columns; i++) {
        int p = half(above, level, below, i + RADIUS) * SIZE;
        float sum = total(sums, p, i);
        float square = total(squares, p, i);
        out[to + i] = estimate(sums[centre + i], sum / 28, square / 28, speckle);
      }
    }

    private void outputWithGaps(int y, float[] out, int to) {
      float[] above = boxes[Math.floorMod(y - 2, 5)];
      float[] level = boxes[Math.floorMod(y, 5)];
      float[] below = boxes[Math.floorMod(y + 2, 5)];
      int centre = place(slot(y), 1) + RADIUS;
      for (int i = 0; i < columns; i++) {
        if (counts[centre + i] == 0) {
          out[to + i] = Float.NaN;
          continue;
        }
        int p = half(above, level, below, i + RADIUS) * SIZE;
        float n = total(counts, p, i);
        float z = sums[centre + i];
        out[to + i] =
            n < LEAST_SAMPLES
                ? z
                : estimate(z, total(sums, p, i) / n, total(squares, p, i) / n, speckle);
      }
    }

    private float total(float[] runs, int p, int i) {
      int[] at = places;
      return runs[at[p] + i]
          + runs[at[p + 1] + i]
          + runs[at[p + 2] + i]
          + runs[at[p + 3] + i]
          + runs[at[p + 4] + i]
          + runs[at[p + 5] + i]
          + runs[at[p + 6] + i];
    }
  }

  /** The estimate from a half window's mean and mean square. */
  private static float estimate(float z, float mean, float meanSquare, float speckle) {
    float variance = meanSquare - mean * mean;
    float signal = variance - mean * mean * speckle;
    return signal <= 0 ? mean : mean + signal / (variance * (1 + speckle)) * (z - mean);
  }

  /** The half window (index into {@link #HALVES}) on the pixel's side of the strongest edge. */
  private static int half(float[] above, float[] level, float[] below, int x) {
    float nw = above[x - 2];
    float n = above[x];
    float ne = above[x + 2];
    float w = level[x - 2];
    float c = level[x];
    float e = level[x + 2];
    float sw = below[x - 2];
    float s = below[x];
    float se = below[x + 2];
    float upright = Math.abs(nw + w + sw - ne - e - se);
    float flat = Math.abs(nw + n + ne - sw - s - se);
    float rising = Math.abs(nw + n + w - e - s - se);
    float falling = Math.abs(n + ne + e - w - sw - s);
    float a = upright > flat ? w : n;
    float b = upright > flat ? e : s;
    int half = upright > flat ? 0 : 2;
    float strongest = Math.max(upright, flat);
    boolean slanted = Math.max(rising, falling) > strongest;
    boolean up = rising > falling;
    a = slanted ? (up ? nw : ne) : a;
    b = slanted ? (up ? se : sw) : b;
    half = slanted ? (up ? 4 : 6) : half;
    return half + (Math.abs(a - c) <= Math.abs(b - c) ? 0 : 1);
  }
}
