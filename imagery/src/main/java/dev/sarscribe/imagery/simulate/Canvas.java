package dev.sarscribe.imagery.simulate;

/**
 * A row band of a scene while it is drawn: mean σ⁰ that will carry speckle, point targets that will
 * not, and land cover. Everything is drawn pixel by pixel from global coordinates, so bands of any
 * height join without a seam.
 */
final class Canvas implements Brush {
  /** Side lobes reach this many pixels; objects must be drawn in bands this far away. */
  static final int REACH_PX = 48;

  /** Peak side lobe of the point response relative to its peak: -21 dB, weighted aperture. */
  private static final float SIDE_LOBE = 0.008f;

  /** Side lobes below this σ⁰ vanish in any clutter. */
  private static final float INVISIBLE = 0.002f;

  final int width;
  final int firstRow;
  final int rows;
  final float[] vv;
  final float[] vh;
  final float[] pointVv;
  final float[] pointVh;
  final byte[] cover;
  private final double spacingM;

  Canvas(int width, int firstRow, int rows, double spacingM) {
    this.width = width;
    this.firstRow = firstRow;
    this.rows = rows;
    this.spacingM = spacingM;
    int pixels = Math.multiplyExact(width, rows);
    vv = new float[pixels];
    vh = new float[pixels];
    pointVv = new float[pixels];
    pointVh = new float[pixels];
    cover = new byte[pixels];
  }

  void set(int i, float newVv, float newVh, LandCover newCover) {
    vv[i] = newVv;
    vh[i] = newVh;
    cover[i] = newCover.code();
  }

  @Override
  public double spacingM() {
    return spacingM;
  }

  @Override
  public void fill(OrientedBox box, Backscatter to, LandCover newCover) {
    forEachPixel(
        box,
        (i, share) -> {
          vv[i] += (to.vv() - vv[i]) * share;
          vh[i] += (to.vh() - vh[i]) * share;
          if (newCover != null && share > 0.5f) {
            cover[i] = newCover.code();
          }
        });
  }

  @Override
  public void add(OrientedBox box, Backscatter more) {
    forEachPixel(
        box,
        (i, share) -> {
          vv[i] += more.vv() * share;
          vh[i] += more.vh() * share;
        });
  }

  @Override
  public void scale(OrientedBox box, float factor) {
    forEachPixel(
        box,
        (i, share) -> {
          float by = 1 + (factor - 1) * share;
          vv[i] *= by;
          vh[i] *= by;
        });
  }

  @Override
  public void fillDisc(double x, double y, double radiusM, Backscatter to) {
    double px = x / spacingM;
    double py = y / spacingM;
    double radius = radiusM / spacingM;
    int top = Math.max(firstRow, (int) Math.floor(py - radius - 1));
    int bottom = Math.min(firstRow + rows - 1, (int) Math.ceil(py + radius + 1));
    int left = Math.max(0, (int) Math.floor(px - radius - 1));
    int right = Math.min(width - 1, (int) Math.ceil(px + radius + 1));
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        float share = share(radius - Math.hypot(column + 0.5 - px, row + 0.5 - py));
        int i = (row - firstRow) * width + column;
        vv[i] += (to.vv() - vv[i]) * share;
        vh[i] += (to.vh() - vh[i]) * share;
      }
    }
  }

  @Override
  public void point(double x, double y, Backscatter peak) {
    double px = x / spacingM - 0.5;
    double py = y / spacingM - 0.5;
    int cx = (int) Math.rint(px);
    int cy = (int) Math.rint(py);
    for (int dy = -2; dy <= 2; dy++) {
      for (int dx = -2; dx <= 2; dx++) {
        double r2 = square(cx + dx - px) + square(cy + dy - py);
        addPoint(cx + dx, cy + dy, peak, (float) Math.exp(-0.9 * r2));
      }
    }
    for (int d = 3; d <= REACH_PX; d++) {
      float lobe = SIDE_LOBE * 9 / (d * d) * (d % 2 == 0 ? 1.4f : 0.6f);
      if (lobe * peak.vv() < INVISIBLE) {
        break;
      }
      addPoint(cx - d, cy, peak, lobe);
      addPoint(cx + d, cy, peak, lobe);
      addPoint(cx, cy - d, peak, lobe);
      addPoint(cx, cy + d, peak, lobe);
    }
  }

  private void addPoint(int column, int row, Backscatter peak, float weight) {
    if (column >= 0 && column < width && row >= firstRow && row < firstRow + rows) {
      int i = (row - firstRow) * width + column;
      pointVv[i] += peak.vv() * weight;
      pointVh[i] += peak.vh() * weight;
    }
  }

  private interface PixelAction {
    /** The share of the pixel that is covered, 0 to 1. */
    void at(int i, float share);
  }

  private void forEachPixel(OrientedBox box, PixelAction action) {
    double px = box.x() / spacingM;
    double py = box.y() / spacingM;
    double halfX = box.halfX() / spacingM + 1;
    double halfY = box.halfY() / spacingM + 1;
    double cos = Math.cos(box.angle());
    double sin = Math.sin(box.angle());
    double halfLength = box.lengthM() / spacingM / 2;
    double halfWidth = box.widthM() / spacingM / 2;
    int top = Math.max(firstRow, (int) Math.floor(py - halfY));
    int bottom = Math.min(firstRow + rows - 1, (int) Math.ceil(py + halfY));
    int left = Math.max(0, (int) Math.floor(px - halfX));
    int right = Math.min(width - 1, (int) Math.ceil(px + halfX));
    for (int row = top; row <= bottom; row++) {
      double dy = row + 0.5 - py;
      for (int column = left; column <= right; column++) {
        double dx = column + 0.5 - px;
        float share =
            share(halfLength - Math.abs(dx * cos + dy * sin))
                * share(halfWidth - Math.abs(dy * cos - dx * sin));
        if (share > 0) {
          action.at((row - firstRow) * width + column, share);
        }
      }
    }
  }

  /** Coverage of a pixel whose centre lies this many pixels inside an edge. */
  private static float share(double inside) {
    return (float) Math.max(0, Math.min(1, inside + 0.5));
  }

  private static double square(double v) {
    return v * v;
  }
}
