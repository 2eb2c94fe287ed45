package dev.sarscribe.imagery.radiometry;

/**
 * Finds, for every column of a strip at once, the direction of the strongest edge through the 7 x 7
 * window and the side of it on which the centre lies, from the means of nine overlapping 3 x 3
 * sub-windows. Rows of means are pushed from the top. Not thread-safe.
 */
final class Edges {
  /** Columns from the left sub-window's mean to the right one's. */
  static final int REACH = 4;

  private static final int STEP = 2;
  private static final int ROWS = 2 * STEP + 1;

  private final int columns;

  /** Means to the left, at the centre and to the right, of the last five rows. */
  private final float[][][] means;

  private int last;

  private final float[] fall;
  private final float[] rise;
  private final float[] down;
  private final float[] across;
  private final float[] upright;
  private final float[] level;
  private final float[] rising;
  private final float[] falling;
  private final float[] one;
  private final float[] other;

  /** 1 where the edge is slanted, upright among the straight ones, rising among the slanted. */
  private final float[] isSlanted;

  private final float[] isUpright;
  private final float[] isRising;

  /** 1 where the centre is more like the right, lower, lower right or lower left side. */
  private final float[] isBeyond;

  Edges(int columns) {
    this.columns = columns;
    this.means = new float[ROWS][3][columns];
    this.fall = new float[columns];
    this.rise = new float[columns];
    this.down = new float[columns];
    this.across = new float[columns];
    this.upright = new float[columns];
    this.level = new float[columns];
    this.rising = new float[columns];
    this.falling = new float[columns];
    this.one = new float[columns];
    this.other = new float[columns];
    this.isSlanted = new float[columns];
    this.isUpright = new float[columns];
    this.isRising = new float[columns];
    this.isBeyond = new float[columns];
  }

  /** Adds a row of means, {@code columns + REACH} of them. */
  void push(float[] row) {
    last = (last + 1) % ROWS;
    for (int k = 0; k < 3; k++) {
      System.arraycopy(row, k * STEP, means[last][k], 0, columns);
    }
  }

  /** Finds the edges of the windows whose lowest row of means was pushed last. */
  void find() {
    float[][] above = means[(last + 1) % ROWS];
    float[][] level3 = means[(last + 1 + STEP) % ROWS];
    float[][] below = means[last];
    findDirection(above, level3, below);
    findSide(above, level3, below);
  }

  private void findDirection(float[][] above, float[][] mid, float[][] below) {
    int n = columns;
    RowMath.subtract(above[0], below[2], fall, n);
    RowMath.subtract(above[2], below[0], rise, n);
    RowMath.subtract(above[1], below[1], down, n);
    RowMath.subtract(mid[0], mid[2], across, n);
    RowMath.absoluteBalance(fall, across, rise, upright, n);
    RowMath.absoluteSum(fall, rise, down, level, n);
    RowMath.absoluteSum(fall, down, across, rising, n);
    RowMath.absoluteBalance(rise, down, across, falling, n);
    RowMath.greater(upright, level, isUpright, n);
    RowMath.greater(rising, falling, isRising, n);
    RowMath.max(upright, level, upright, n);
    RowMath.max(rising, falling, rising, n);
    RowMath.greater(rising, upright, isSlanted, n);
  }

  private void findSide(float[][] above, float[][] mid, float[][] below) {
    int n = columns;
    direction(mid[0], above[1], above[0], above[2], one);
    direction(mid[2], below[1], below[2], below[0], other);
    RowMath.distance(one, mid[1], one, n);
    RowMath.distance(other, mid[1], other, n);
    RowMath.greater(one, other, isBeyond, n);
  }

  /** Of each column's edge direction: what belongs to an upright, level, rising or falling edge. */
  private void direction(
      float[] ofUpright, float[] ofLevel, float[] ofRising, float[] ofFalling, float[] into) {
    RowMath.choose(isUpright, ofUpright, ofLevel, upright, columns);
    RowMath.choose(isRising, ofRising, ofFalling, rising, columns);
    RowMath.choose(isSlanted, rising, upright, into, columns);
  }

  /** For each column the sum over the half on the centre's side of its edge. */
  void choose(HalfWindows sums, float[] into) {
    direction(sums.left(), sums.upper(), sums.upperLeft(), sums.upperRight(), one);
    direction(sums.right(), sums.lower(), sums.lowerRight(), sums.lowerLeft(), other);
    RowMath.choose(isBeyond, other, one, into, columns);
  }
}
