package dev.sarscribe.imagery.radiometry;

/**
 * Sums over the eight halves of a sliding 7 x 7 window, for every column of a strip at once: rows
 * are pushed from the top, and after each the sums are those of the windows that end with it.
 *
 * <p>The halves share their parts. Each is made of a square of 4 x 4 pixels in one corner of the
 * window and of what lies beside and above or below it: a block of 3 x 4 or 4 x 3, or for the
 * slanted halves two triangles of 3 + 2 + 1 pixels. The upper left half, for instance:
 *
 * <pre>
 *   s s s s t t t
 *   s s s s t t .
 *   s s s s t . .
 *   s s s s . . .
 *   t t t . . . .
 *   t t . . . . .
 *   t . . . . . .
 * </pre>
 *
 * The parts come from runs of 1 to 4 pixels along the rows, and are kept until the window has moved
 * down over them. Nothing is ever subtracted, so a bright target costs its dark neighbours no
 * precision. Not thread-safe.
 */
final class HalfWindows {
  /** Pixels of a half: the centre row, column or diagonal belongs to both of a pair. */
  static final int PIXELS = 28;

  private final int columns;

  /** Columns of the parts: those on the right begin 3 or 4 columns further right. */
  private final int wide;

  private final float[] shifted;

  // Runs along the last rows that begin at a column.
  private final RowRing ones;
  private final RowRing twos;
  private final RowRing threes;
  private final RowRing fours;

  // The same of one and two pixels, where they end a run of three that begins at the column.
  private final RowRing lastOnes;
  private final RowRing lastTwos;

  // Triangles of 3 + 2 + 1 pixels by the corner of their right angle, where the window has them:
  // once with the last three rows, and once four rows higher.
  private final RowRing upperLefts;
  private final RowRing upperRights;
  private final RowRing lowerLefts;
  private final RowRing lowerRights;

  private final float[] box;
  private final float[] threeByFour;
  private final float[] fourByThree;
  private final RowRing squares;
  private final RowRing rightSquares;

  private final float[] left;
  private final float[] right;
  private final RowRing lower;
  private final float[] upperLeft;
  private final float[] upperRight;
  private final float[] lowerLeft;
  private final float[] lowerRight;

  /**
   * @param columns windows side by side; pushed rows have {@code columns + 6} samples
   */
  HalfWindows(int columns) {
    this.columns = columns;
    this.wide = columns + 4;
    int held = columns + SpeckleFilter.SIZE - 1;
    this.shifted = new float[held];
    this.ones = new RowRing(3, wide);
    this.twos = new RowRing(3, held);
    this.threes = new RowRing(4, wide);
    this.fours = new RowRing(4, wide);
    this.lastOnes = new RowRing(3, wide);
    this.lastTwos = new RowRing(3, wide);
    this.upperLefts = new RowRing(5, wide);
    this.upperRights = new RowRing(5, wide);
    this.lowerLefts = new RowRing(5, wide);
    this.lowerRights = new RowRing(5, wide);
    this.box = new float[wide];
    this.threeByFour = new float[wide];
    this.fourByThree = new float[wide];
    this.squares = new RowRing(4, wide);
    this.rightSquares = new RowRing(4, columns);
    this.left = new float[wide];
    this.right = new float[columns];
    this.lower = new RowRing(4, columns);
    this.upperLeft = new float[columns];
    this.upperRight = new float[columns];
    this.lowerLeft = new float[columns];
    this.lowerRight = new float[columns];
  }

  // Sums over the halves of the windows that end with the row pushed last; until the next push.

  float[] left() {
    return left;
  }

  float[] right() {
    return right;
  }

  float[] upper() {
    return lower.ago(3);
  }

  float[] lower() {
    return lower.ago(0);
  }

  float[] upperLeft() {
    return upperLeft;
  }

  float[] upperRight() {
    return upperRight;
  }

  float[] lowerLeft() {
    return lowerLeft;
  }

  float[] lowerRight() {
    return lowerRight;
  }

  /** Sums over the 3 x 3 pixels that begin at a column and end with the row pushed last. */
  float[] boxes() {
    return box;
  }

  /** Adds a row below those pushed before. */
  void push(float[] row) {
    pushRuns(row);
    pushTriangles();
    pushBlocks();
    sumStraightHalves();
    sumSlantedHalves();
  }

  private void pushRuns(float[] row) {
    System.arraycopy(row, 0, ones.next(), 0, wide);
    System.arraycopy(row, 2, lastOnes.next(), 0, wide);
    float[] two = twos.next();
    RowMath.add(row, from(1, row, wide + 1), two, wide + 1);
    System.arraycopy(two, 1, lastTwos.next(), 0, wide);
    RowMath.add(two, lastOnes.ago(0), threes.next(), wide);
    RowMath.add(two, from(2, two, columns + 3), fours.next(), columns + 3);
  }

  /** What begins some columns further right. */
  private float[] from(int column, float[] row, int n) {
    System.arraycopy(row, column, shifted, 0, n);
    return shifted;
  }

  private void pushTriangles() {
    RowMath.add(threes.ago(2), twos.ago(1), ones.ago(0), upperLefts.next(), wide);
    RowMath.add(threes.ago(2), lastTwos.ago(1), lastOnes.ago(0), upperRights.next(), wide);
    RowMath.add(ones.ago(2), twos.ago(1), threes.ago(0), lowerLefts.next(), wide);
    RowMath.add(lastOnes.ago(2), lastTwos.ago(1), threes.ago(0), lowerRights.next(), wide);
  }

  private void pushBlocks() {
    RowMath.add(threes.ago(2), threes.ago(1), threes.ago(0), box, wide);
    RowMath.add(threes.ago(3), box, threeByFour, wide);
    RowMath.add(fours.ago(2), fours.ago(1), fours.ago(0), fourByThree, columns + 3);
    RowMath.add(fours.ago(3), fourByThree, squares.next(), columns + 3);
    System.arraycopy(squares.ago(0), 3, rightSquares.next(), 0, columns);
  }

  private void sumStraightHalves() {
    RowMath.add(squares.ago(3), fourByThree, left, columns + 3);
    System.arraycopy(left, 3, right, 0, columns);
    RowMath.add(squares.ago(0), from(4, threeByFour, columns), lower.next(), columns);
  }

  private void sumSlantedHalves() {
    int n = columns;
    RowMath.add(squares.ago(3), from(4, upperLefts.ago(4), n), upperLefts.ago(0), upperLeft, n);
    RowMath.add(
        rightSquares.ago(3), upperRights.ago(4), from(4, upperRights.ago(0), n), upperRight, n);
    RowMath.add(squares.ago(0), lowerLefts.ago(4), from(4, lowerLefts.ago(0), n), lowerLeft, n);
    RowMath.add(
        rightSquares.ago(0), from(4, lowerRights.ago(4), n), lowerRights.ago(0), lowerRight, n);
  }
}
