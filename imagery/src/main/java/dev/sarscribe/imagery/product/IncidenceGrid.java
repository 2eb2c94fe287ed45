package dev.sarscribe.imagery.product;

import java.util.Arrays;

/**
 * Incidence angles on the geolocation grid, bilinear in between and held constant beyond.
 * Thread-safe.
 *
 * @param xs column coordinates, ascending
 * @param ys row coordinates, ascending
 * @param degrees row by row
 */
@SuppressWarnings("ArrayRecordComponent") // owned, as documented
record IncidenceGrid(double[] xs, double[] ys, double[] degrees) {
  IncidenceGrid {
    if (xs.length < 2 || ys.length < 2 || degrees.length != xs.length * ys.length) {
      throw new IllegalArgumentException(
          "%d angles on %d x %d".formatted(degrees.length, xs.length, ys.length));
    }
  }

  /** The smallest angle of the grid, which spans the scene. */
  double smallest() {
    return Arrays.stream(degrees).min().orElseThrow();
  }

  /** The largest angle of the grid. */
  double largest() {
    return Arrays.stream(degrees).max().orElseThrow();
  }

  double at(double x, double y) {
    int i = cell(xs, x);
    int j = cell(ys, y);
    double tx = fraction(xs, i, x);
    double ty = fraction(ys, j, y);
    int node = j * xs.length + i;
    double upper = degrees[node] + tx * (degrees[node + 1] - degrees[node]);
    int next = node + xs.length;
    double lower = degrees[next] + tx * (degrees[next + 1] - degrees[next]);
    return upper + ty * (lower - upper);
  }

  private static int cell(double[] nodes, double at) {
    int found = Arrays.binarySearch(nodes, at);
    int cell = found >= 0 ? found : -found - 2;
    return Math.max(0, Math.min(nodes.length - 2, cell));
  }

  private static double fraction(double[] nodes, int cell, double at) {
    double t = (at - nodes[cell]) / (nodes[cell + 1] - nodes[cell]);
    return Math.max(0, Math.min(1, t));
  }
}
