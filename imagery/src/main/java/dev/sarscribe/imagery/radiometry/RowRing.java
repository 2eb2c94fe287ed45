package dev.sarscribe.imagery.radiometry;

/** The last few rows of something, by age. Not thread-safe. */
final class RowRing {
  private final float[][] rows;
  private int last;

  /**
   * @param length how many rows are kept
   * @param columns samples of each
   */
  RowRing(int length, int columns) {
    this.rows = new float[length][columns];
  }

  /** The oldest row becomes the newest, for the caller to fill. */
  float[] next() {
    last = (last + 1) % rows.length;
    return rows[last];
  }

  /** The row that was the newest so many rows ago, 0 being the newest; less than the length. */
  float[] ago(int count) {
    return rows[Math.floorMod(last - count, rows.length)];
  }
}
