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
  private final double grain;
  private final long[] ids = new long[9];
  private final double[] sitesX = new double[9];
  private final double[] sitesY = new double[9];
  private double siteX;
  private double siteY;
  private long oriented;
  private long aroundX = Long.MIN_VALUE;
  private long aroundY;

  /**
   * A pattern of districts.
   *
   * @param grain direction in radians that most districts of a region share
   */
  District(long seed, double grain) {
    this.seed = seed;
    this.grain = grain;
  }

  /** Finds the cell of a point among sites one per {@code sizeM} squared. */
  void locate(double x, double y, double sizeM) {
    double px = x / sizeM;
    double py = y / sizeM;
    long cx = (long) Math.floor(px);
    long cy = (long) Math.floor(py);
    survey(cx, cy);
    double best = Double.MAX_VALUE;
    double second = Double.MAX_VALUE;
    int nearest = 0;
    for (int i = 0; i < 9; i++) {
      double d = (sitesX[i] - px) * (sitesX[i] - px) + (sitesY[i] - py) * (sitesY[i] - py);
      if (d < best) {
        second = best;
        best = d;
        nearest = i;
      } else if (d < second) {
        second = d;
      }
    }
    id = ids[nearest];
    siteX = sitesX[nearest] * sizeM;
    siteY = sitesY[nearest] * sizeM;
    edgeM = (Math.sqrt(second) - Math.sqrt(best)) * sizeM / 2;
    orient();
  }

  /** Finds the sites in and around a cell of the lattice, unless they are known. */
  private void survey(long cx, long cy) {
    if (cx == aroundX && cy == aroundY) {
      return;
    }
    aroundX = cx;
    aroundY = cy;
    for (int i = 0; i < 9; i++) {
      long sx = cx - 1 + i % 3;
      long sy = cy - 1 + Math.floorDiv(i, 3);
      ids[i] = Noise.hash(seed, sx, sy);
      sitesX[i] = sx + 0.15 + 0.7 * Noise.unit(ids[i]);
      sitesY[i] = sy + 0.15 + 0.7 * Noise.lowUnit(ids[i]);
    }
  }

  /** Three districts in five follow the grain, one leans a little, one lies anyhow. */
  private void orient() {
    if (id != oriented) {
      oriented = id;
      long h = Noise.hash(id, 5, 5);
      float choice = Noise.lowUnit(h);
      double turn = choice < 0.6 ? 0 : choice < 0.8 ? 0.35 : Math.PI / 2;
      double angle = grain + turn * (Noise.unit(h) - 0.5);
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
