package dev.sarscribe.imagery.product;

import java.util.Arrays;

/**
 * A Sentinel-1 look-up table: vectors of values along range, each at one image line, interpolated
 * linearly along both axes and held constant beyond their ends. Lines and pixels are sample numbers
 * from 0. Arrays are owned by the table. Thread-safe.
 *
 * @param lines image line of each vector, ascending
 * @param pixels for each vector its sample numbers, ascending
 * @param values for each vector its values, as many as pixels
 */
@SuppressWarnings("ArrayRecordComponent") // owned, as documented
record LookUpTable(int[] lines, int[][] pixels, float[][] values) {
  LookUpTable {
    if (lines.length == 0 || pixels.length != lines.length || values.length != lines.length) {
      throw new IllegalArgumentException("a table of " + lines.length + " vectors");
    }
    requireAscending(lines);
    for (int i = 0; i < lines.length; i++) {
      if (pixels[i].length == 0 || pixels[i].length != values[i].length) {
        throw new IllegalArgumentException(
            "%d values at %d pixels".formatted(values[i].length, pixels[i].length));
      }
      requireAscending(pixels[i]);
    }
  }

  static void requireAscending(int[] a) {
    for (int i = 1; i < a.length; i++) {
      if (a[i] <= a[i - 1]) {
        throw new IllegalArgumentException("positions do not ascend at " + a[i]);
      }
    }
  }

  /** The vector at or before a line, 0 if there is none. */
  int vectorAt(int line) {
    int found = Arrays.binarySearch(lines, line);
    return Math.max(0, found >= 0 ? found : -found - 2);
  }

  /** Weight of the vector after {@code vector} at a line, 0 to 1. */
  float weightOfNext(int vector, int line) {
    if (vector + 1 >= lines.length) {
      return 0;
    }
    float t = (line - lines[vector]) / (float) (lines[vector + 1] - lines[vector]);
    return Math.max(0, Math.min(1, t));
  }

  /** A vector's values at {@code width} samples from {@code x}. */
  float[] alongRange(int vector, int x, int width) {
    return interpolate(pixels[vector], values[vector], x, width);
  }

  /** Piecewise linear values at {@code n} whole numbers from {@code first}. */
  static float[] interpolate(int[] at, float[] values, int first, int n) {
    float[] out = new float[n];
    int found = Arrays.binarySearch(at, first);
    int cell = Math.max(0, (found >= 0 ? found : -found - 2) - 1);
    for (int i = 0; i < n; i++) {
      int x = first + i;
      while (cell + 2 < at.length && at[cell + 1] <= x) {
        cell++;
      }
      if (at.length == 1 || x <= at[0]) {
        out[i] = values[0];
      } else if (x >= at[at.length - 1]) {
        out[i] = values[values.length - 1];
      } else {
        float t = (x - at[cell]) / (float) (at[cell + 1] - at[cell]);
        out[i] = values[cell] + t * (values[cell + 1] - values[cell]);
      }
    }
    return out;
  }

  /** Rows of a table over a window's columns, each vector spread once. Not thread-safe. */
  final class Rows {
    private final int x;
    private final int width;
    private int vector = -1;
    private float[] before;
    private float[] after;

    Rows(int x, int width) {
      this.x = x;
      this.width = width;
    }

    /** Interpolates one image line into {@code out}; lines are asked for in ascending order. */
    void line(int line, float[] out) {
      int v = vectorAt(line);
      if (v != vector) {
        before = v == vector + 1 && after != null ? after : alongRange(v, x, width);
        after = v + 1 < lines.length ? alongRange(v + 1, x, width) : before;
        vector = v;
      }
      mix(before, after, weightOfNext(v, line), out, width);
    }
  }

  private static void mix(float[] a, float[] b, float t, float[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = a[i] + t * (b[i] - a[i]);
    }
  }
}
