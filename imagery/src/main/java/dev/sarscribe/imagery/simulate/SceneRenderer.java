package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Computes row bands of one scene. Holds the objects, no pixels; safe for use by several threads.
 */
final class SceneRenderer {
  /** Less than this share of an object inside the scene is not labelled. */
  private static final double LEAST_VISIBLE = 0.35;

  /** Boxes smaller than this in both directions are not labelled. */
  private static final double LEAST_BOX_PX = 3;

  private final SceneSpec spec;
  private final RangeTrend trend;
  private final Queue<Ground> grounds = new ConcurrentLinkedQueue<>();
  private final List<Placed> placed = new ArrayList<>();
  private final List<TruthObject> truth = new ArrayList<>();

  /** An object and the rows it can reach. */
  private record Placed(SceneObject object, double firstRow, double lastRow) {}

  SceneRenderer(SceneSpec spec) {
    this.spec = spec;
    trend = new RangeTrend(spec);
    for (SceneObject object : Layout.of(spec)) {
      place(object);
    }
  }

  SceneSpec spec() {
    return spec;
  }

  /** The labelled objects. */
  List<TruthObject> truth() {
    return List.copyOf(truth);
  }

  private void place(SceneObject object) {
    double spacing = spec.pixelSpacingM();
    Extent body = new Extent(spacing);
    object.paintBody(body);
    if (object.category().isPresent() && !body.isEmpty()) {
      label(object.category().get(), body);
    }
    object.paintGround(body);
    if (!body.isEmpty()) {
      double first = body.minY / spacing - Canvas.REACH_PX - 2;
      double last = body.maxY / spacing + Canvas.REACH_PX + 2;
      if (last >= 0 && first <= spec.height()) {
        placed.add(new Placed(object, first, last));
      }
    }
  }

  private void label(ObjectCategory category, Extent body) {
    double spacing = spec.pixelSpacingM();
    double left = Math.max(0, body.minX / spacing);
    double top = Math.max(0, body.minY / spacing);
    double right = Math.min(spec.width(), body.maxX / spacing);
    double bottom = Math.min(spec.height(), body.maxY / spacing);
    double whole = (body.maxX - body.minX) * (body.maxY - body.minY) / spacing / spacing;
    double width = right - left;
    double height = bottom - top;
    if (width > 0
        && height > 0
        && Math.max(width, height) >= LEAST_BOX_PX
        && width * height >= LEAST_VISIBLE * whole) {
      truth.add(new TruthObject(category, left, top, width, height));
    }
  }

  /** Noise-equivalent σ⁰ of a column, linear; part of both polarizations of a band. */
  float noise(int column) {
    return trend.noise(column);
  }

  /** Computes rows of the scene; they do not depend on how it is divided into bands. */
  Band render(int firstRow, int rows) {
    // The point response reaches one pixel beyond the band.
    Canvas canvas = new Canvas(spec.width(), firstRow - 1, rows + 2, spec.pixelSpacingM());
    paintGround(canvas);
    for (Placed p : placed) {
      if (p.lastRow() >= firstRow && p.firstRow() <= firstRow + rows) {
        p.object().paintGround(canvas);
        p.object().paintBody(canvas);
      }
    }
    return measure(canvas);
  }

  /**
   * Uses the ground of an earlier band again: its tables are costly, and it belongs to one thread.
   */
  private void paintGround(Canvas canvas) {
    Ground known = grounds.poll();
    Ground ground = known == null ? new Ground(spec, trend) : known;
    for (int r = 0; r < canvas.rows; r++) {
      ground.row(canvas, r);
    }
    grounds.add(ground);
  }

  /** What the instrument makes of the drawn scene: limited resolution, noise, speckle. */
  private Band measure(Canvas canvas) {
    int width = canvas.width;
    int rows = canvas.rows - 2;
    int pixels = width * rows;
    float[] vv = new float[pixels];
    float[] vh = new float[pixels];
    blur(canvas.vv, vv, width);
    blur(canvas.vh, vh, width);
    new Speckle(spec.seed() + 81, spec.looks()).apply(vv, vh, width, canvas.firstRow + 1, rows);
    for (int i = 0; i < pixels; i++) {
      vv[i] += canvas.pointVv[i + width];
      vh[i] += canvas.pointVh[i + width];
    }
    byte[] cover = Arrays.copyOfRange(canvas.cover, width, width + pixels);
    return new Band(width, canvas.firstRow + 1, rows, vv, vh, cover);
  }

  /**
   * The mean over the resolution cell, two pixels wide as in GRDH (20 m in pixels of 10 m),
   * weighted 1 2 1 in both directions, and thermal noise.
   *
   * @param drawn one row more than {@code out} above and below
   */
  private void blur(float[] drawn, float[] out, int width) {
    float[] column = new float[width + 2];
    for (int at = 0; at < out.length; at += width) {
      for (int x = 0; x < width; x++) {
        int i = at + x;
        column[x + 1] = drawn[i] + 2 * drawn[i + width] + drawn[i + 2 * width];
      }
      column[0] = column[1];
      column[width + 1] = column[width];
      for (int x = 0; x < width; x++) {
        out[at + x] = (column[x] + 2 * column[x + 1] + column[x + 2]) / 16 + trend.noise(x);
      }
    }
  }
}
