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

  private final int columns;

  // Means of the sub-windows to the left, at the centre and to the right.
  private final RowRing lefts;
  private final RowRing centres;
  private final RowRing rights;

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
    this.lefts = new RowRing(2 * STEP + 1, columns);
    this.centres = new RowRing(2 * STEP + 1, columns);
    this.rights = new RowRing(2 * STEP + 1, columns);
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
    System.arraycopy(row, 0, lefts.next(), 0, columns);
    System.arraycopy(row, STEP, centres.next(), 0, columns);
    System.arraycopy(row, 2 * STEP, rights.next(), 0, columns);
  }

  /** Finds the edges of the windows whose lowest row of means was pushed last. */
  void find() {
    findDirection();
    findSide();
  }

  private void findDirection() {
    int n = columns;
    RowMath.subtract(lefts.ago(2 * STEP), rights.ago(0), fall, n);
    RowMath.subtract(rights.ago(2 * STEP), lefts.ago(0), rise, n);
    RowMath.subtract(centres.ago(2 * STEP), centres.ago(0), down, n);
    RowMath.subtract(lefts.ago(STEP), rights.ago(STEP), across, n);
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

  private void findSide() {
    float[] upperLeft = lefts.ago(2 * STEP);
    float[] upper = centres.ago(2 * STEP);
    float[] upperRight = rights.ago(2 * STEP);
    float[] centre = centres.ago(STEP);
    direction(lefts.ago(STEP), upper, upperLeft, upperRight, one);
    direction(rights.ago(STEP), centres.ago(0), rights.ago(0), lefts.ago(0), other);
    RowMath.distance(one, centre, one, columns);
    RowMath.distance(other, centre, other, columns);
    RowMath.greater(one, other, isBeyond, columns);
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
