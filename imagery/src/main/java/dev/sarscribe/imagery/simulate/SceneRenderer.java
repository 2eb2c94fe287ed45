package dev.sarscribe.imagery.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Computes row bands of one scene. Holds the objects, no pixels; safe for use by several threads.
 */
final class SceneRenderer {
  /** Noise-equivalent σ⁰, typical of Sentinel-1 IW (Product Definition: at most -22 dB). */
  static final float NOISE_SIGMA0 = Backscatter.linear(-25.5);

  /** Less than this share of an object inside the scene is not labelled. */
  private static final double LEAST_VISIBLE = 0.35;

  /** Boxes smaller than this in both directions are not labelled. */
  private static final double LEAST_BOX_PX = 3;

  private final SceneSpec spec;
  private final Terrain terrain;
  private final SeaState sea;
  private final List<Placed> placed = new ArrayList<>();
  private final List<TruthObject> truth = new ArrayList<>();

  /** An object and the rows it can reach. */
  private record Placed(SceneObject object, double firstRow, double lastRow) {}

  SceneRenderer(SceneSpec spec) {
    this.spec = spec;
    terrain = new Terrain(spec);
    sea = new SeaState(spec);
    for (SceneObject object : Layout.of(terrain, sea)) {
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

  /**
   * Computes a band: afterwards {@link Canvas#vv} and {@link Canvas#vh} hold σ⁰ as measured, with
   * speckle and thermal noise.
   */
  Canvas render(int firstRow, int rows) {
    Canvas canvas = new Canvas(spec.width(), firstRow, rows, spec.pixelSpacingM());
    IntStream.range(0, rows).parallel().forEach(r -> new Ground(terrain, sea).row(canvas, r));
    for (Placed p : placed) {
      if (p.lastRow() >= firstRow && p.firstRow() <= firstRow + rows) {
        p.object().paintGround(canvas);
        p.object().paintBody(canvas);
      }
    }
    finish(canvas.vv, canvas.pointVv, canvas, 81);
    finish(canvas.vh, canvas.pointVh, canvas, 82);
    return canvas;
  }

  private void finish(float[] mean, float[] points, Canvas canvas, int salt) {
    for (int i = 0; i < mean.length; i++) {
      mean[i] += NOISE_SIGMA0;
    }
    new Speckle(spec.seed() + salt, spec.looks())
        .apply(mean, canvas.width, canvas.firstRow, canvas.rows);
    for (int i = 0; i < mean.length; i++) {
      mean[i] += points[i];
    }
  }
}
