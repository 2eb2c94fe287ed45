package dev.sarscribe.imagery.radiometry;

/**
 * What a {@link SpeckleFilter} knows of the windows of a strip of columns, one row of windows at a
 * time: rows of samples are pushed from the top, and after seven of them the statistics are those
 * of the windows that end with the last. Not thread-safe.
 */
interface WindowStatistics {
  /**
   * Adds a row below those pushed before: powers, their squares, and 1 where they are valid, with a
   * surround of three columns on both sides. Invalid powers are 0. Where the strip has no gaps,
   * {@code valid} is not read.
   */
  void push(float[] power, float[] square, float[] valid);

  /** Takes the statistics of the windows whose lowest row was pushed last. */
  void find();

  /** Sums of the powers that {@link #find} chose, by column. */
  float[] sum();

  /** Sums of their squares. */
  float[] sumOfSquares();

  /** How many they are; may be 0 at gaps. */
  float[] count();
}
