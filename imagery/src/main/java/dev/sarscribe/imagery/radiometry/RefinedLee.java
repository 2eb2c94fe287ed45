package dev.sarscribe.imagery.radiometry;

import java.util.Arrays;

/**
 * Statistics of the refined Lee filter: the means of nine overlapping 3 x 3 sub-windows tell the
 * direction of the strongest edge through the 7 x 7 window (four directions) and on which of its
 * sides the pixel lies; of the window only the half on that side, 28 pixels, is used.
 *
 * <p>Source: J.-S. Lee, "Refined filtering of image noise using local statistics", Computer
 * Graphics and Image Processing 15(4), 1981, 380-389.
 */
final class RefinedLee implements WindowStatistics {
  private final boolean gaps;
  private final HalfWindows powers;
  private final HalfWindows squares;
  private final HalfWindows counts;
  private final Edges edges;
  private final float[] mean;
  private final float[] sum;
  private final float[] sumOfSquares;

  /** Constant without gaps. */
  private final float[] count;

  private final float[] nines;

  RefinedLee(int columns, boolean gaps) {
    int wide = columns + Edges.REACH;
    this.gaps = gaps;
    this.powers = new HalfWindows(columns);
    this.squares = new HalfWindows(columns);
    this.counts = gaps ? new HalfWindows(columns) : null;
    this.edges = new Edges(columns);
    this.mean = new float[wide];
    this.sum = new float[columns];
    this.sumOfSquares = new float[columns];
    this.count = new float[columns];
    this.nines = new float[wide];
    Arrays.fill(count, HalfWindows.PIXELS);
    Arrays.fill(nines, 9);
  }

  @Override
  public void push(float[] power, float[] square, float[] valid) {
    powers.push(power);
    squares.push(square);
    if (gaps) {
      counts.push(valid);
    }
    RowMath.mean(powers.boxes(), gaps ? counts.boxes() : nines, mean, mean.length);
    edges.push(mean);
  }

  @Override
  public void find() {
    edges.find();
    edges.choose(powers, sum);
    edges.choose(squares, sumOfSquares);
    if (gaps) {
      edges.choose(counts, count);
    }
  }

  @Override
  public float[] sum() {
    return sum;
  }

  @Override
  public float[] sumOfSquares() {
    return sumOfSquares;
  }

  @Override
  public float[] count() {
    return count;
  }
}
