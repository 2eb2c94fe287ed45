package dev.sarscribe.imagery.simulate;

/**
 * The Voronoi cell that a point lies in, each with its own orientation: the district of a town or
 * the parish of a farmed plain. Holds the last located cell; not thread-safe.
 */
final class District {
  private final long seed;

  /** Identifies the cell; its bits choose what the cell looks like. */
  long id;

  /** Distance to the boundary of the cell in metres, approximately. */
  double edgeM;

  double cos = 1;
  double sin;
  private double siteX;
  private double siteY;
  private long oriented;

  District(long seed) {
    this.seed = seed;
  }

  /** Finds the cell of a point among sites one per {@code sizeM} squared. */
  void locate(double x, double y, double sizeM) {
    double px = x / sizeM;
    double py = y / sizeM;
    long cx = (long) Math.floor(px);
    long cy = (long) Math.floor(py);
    double best = Double.MAX_VALUE;
    double second = Double.MAX_VALUE;
    for (long sy = cy - 1; sy <= cy + 1; sy++) {
      for (long sx = cx - 1; sx <= cx + 1; sx++) {
        long h = Noise.hash(seed, sx, sy);
        double qx = sx + 0.15 + 0.7 * Noise.unit(h);
        double qy = sy + 0.15 + 0.7 * Noise.lowUnit(h);
        double d = (qx - px) * (qx - px) + (qy - py) * (qy - py);
        if (d < best) {
          second = best;
          best = d;
          id = h;
          siteX = qx * sizeM;
          siteY = qy * sizeM;
        } else if (d < second) {
          second = d;
        }
      }
    }
    edgeM = (Math.sqrt(second) - Math.sqrt(best)) * sizeM / 2;
    orient();
  }

  private void orient() {
    if (id != oriented) {
      oriented = id;
      double angle = Noise.unit(Noise.hash(id, 5, 5)) * Math.PI / 2;
      cos = Math.cos(angle);
      sin = Math.sin(angle);
    }
  }

  /** The point's coordinate along the cell's first axis. */
  double u(double x, double y) {
    return (x - siteX) * cos + (y - siteY) * sin + 100_000;
  }

  /** The point's coordinate along the cell's second axis. */
  double v(double x, double y) {
    return (y - siteY) * cos - (x - siteX) * sin + 100_000;
  }

  /** How squarely the cell's streets lie to the line of sight: 1 aligned, near 0 oblique. */
  float facing() {
    double c = Math.max(Math.abs(cos), Math.abs(sin));
    double c4 = c * c * c * c;
    return (float) (c4 * c4 * c4);
  }
}
