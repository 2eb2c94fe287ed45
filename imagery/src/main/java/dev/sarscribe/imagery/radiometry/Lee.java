package dev.sarscribe.imagery.radiometry;

import java.util.Arrays;

/**
 * Statistics of the plain Lee filter: all pixels of the 7 x 7 window.
 *
 * <p>Source: J.-S. Lee, "Digital image enhancement and noise filtering by use of local statistics",
 * IEEE Transactions on Pattern Analysis and Machine Intelligence 2(2), 1980, 165-168.
 */
final class Lee implements WindowStatistics {
  private final boolean gaps;
  private final FullWindows powers;
  private final FullWindows squares;
  private final FullWindows counts;
  private final float[] count;

  Lee(int columns, boolean gaps) {
    this.gaps = gaps;
    this.powers = new FullWindows(columns);
    this.squares = new FullWindows(columns);
    this.counts = gaps ? new FullWindows(columns) : null;
    this.count = new float[columns];
    Arrays.fill(count, SpeckleFilter.SIZE * SpeckleFilter.SIZE);
  }

  @Override
  public void push(float[] power, float[] square, float[] valid) {
    powers.push(power);
    squares.push(square);
    if (gaps) {
      counts.push(valid);
    }
  }

  @Override
  public void find() {
    powers.find();
    squares.find();
    if (gaps) {
      counts.find();
    }
  }

  @Override
  public float[] sum() {
    return powers.sum;
  }

  @Override
  public float[] sumOfSquares() {
    return squares.sum;
  }

  @Override
  public float[] count() {
    return gaps ? counts.sum : count;
  }

  /**
   * Sums over a sliding 7 x 7 window. Seven is four and two and one: so rows and columns are summed
   * in pairs and pairs of pairs first. Nothing is subtracted, so bright targets leave no residue.
   */
  private static final class FullWindows {
    private final int columns;
    private final float[] shifted;
    private final float[] pairs;
    private final float[] fours;

    /** Row sums, and sums of each with the row above it. */
    private final RowRing sevens;

    private final RowRing twoRows;
    private final float[] sum;

    FullWindows(int columns) {
      this.columns = columns;
      this.shifted = new float[columns + SpeckleFilter.SIZE - 1];
      this.pairs = new float[shifted.length];
      this.fours = new float[shifted.length];
      this.sevens = new RowRing(SpeckleFilter.SIZE, columns);
      this.twoRows = new RowRing(SpeckleFilter.SIZE, columns);
      this.sum = new float[columns];
    }

    void push(float[] row) {
      int wide = columns + SpeckleFilter.SIZE - 1;
      shift(row, 1, wide);
      RowMath.add(row, shifted, pairs, wide - 1);
      shift(pairs, 2, wide - 1);
      RowMath.add(pairs, shifted, fours, wide - 3);
      float[] seven = sevens.next();
      shift(pairs, 4, wide - 1);
      RowMath.add(fours, shifted, seven, columns);
      shift(row, 6, wide);
      RowMath.add(seven, shifted, seven, columns);
      RowMath.add(seven, sevens.ago(1), twoRows.next(), columns);
    }

    private void shift(float[] from, int by, int length) {
      System.arraycopy(from, by, shifted, 0, length - by);
    }

    void find() {
      RowMath.add(twoRows.ago(0), twoRows.ago(2), twoRows.ago(4), sum, columns);
      RowMath.add(sum, sevens.ago(6), sum, columns);
    }
  }
}
