package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.util.Optional;
import java.util.OptionalDouble;

/** One band of a GeoTIFF as a scene. Thread-safe. */
final class RasterScene implements Scene {
  /** Zeros in a row that make a border of a raster that declares no nodata value. */
  private static final int BORDER_RUN = 16;

  private final TiffRaster raster;
  private final int band;
  private final String polarization;
  private final Radiometry radiometry;
  private final Optional<Geolocation> geolocation;

  RasterScene(
      TiffRaster raster,
      int band,
      String polarization,
      Radiometry radiometry,
      Optional<Geolocation> geolocation) {
    this.raster = raster;
    this.band = band;
    this.polarization = polarization;
    this.radiometry = radiometry;
    this.geolocation = geolocation;
  }

  @Override
  public String polarization() {
    return polarization;
  }

  @Override
  public int width() {
    return raster.width();
  }

  @Override
  public int height() {
    return raster.height();
  }

  @Override
  public Radiometry radiometry() {
    return radiometry;
  }

  @Override
  public Optional<Geolocation> geolocation() {
    return geolocation;
  }

  @Override
  public Optional<Double> incidenceAngleDeg(double x, double y) {
    return Optional.empty();
  }

  @Override
  public Optional<double[]> pixelSpacingM() {
    return geolocation
        .map(g -> Footprints.spacingM(g, width() / 2.0, height() / 2.0))
        .filter(m -> Double.isFinite(m[0] + m[1]));
  }

  @Override
  public float[] read(Window w) throws SceneException {
    if (!w.fitsIn(width(), height())) {
      throw new IllegalArgumentException(w + " leaves " + width() + " x " + height());
    }
    OptionalDouble nodata = raster.geoTags().nodata();
    boolean declared = nodata.isPresent() || raster.hasMask();
    if (declared || (radiometry != Radiometry.DISPLAY && radiometry != Radiometry.SIGMA0_DB)) {
      float[] values = raster.read(band, w);
      nodata.ifPresent(v -> maskValue(values, (float) v));
      return finish(values);
    }
    // A run must not depend on where a window cuts it, so its neighbours are looked at too.
    int left = Math.max(0, w.x() - BORDER_RUN + 1);
    int right = Math.min(width(), w.right() + BORDER_RUN - 1);
    Window wide = new Window(left, w.y(), right - left, w.height());
    float[] values = raster.read(band, wide);
    maskZeroRuns(values, wide.width());
    return finish(cut(values, wide, w));
  }

  /**
   * What has no logarithm or was never measured is nodata, and so is what no radar measures: some
   * fill values are huge, and would take their neighbours with them.
   */
  private float[] finish(float[] values) {
    boolean zeroIsNodata = radiometry != Radiometry.DISPLAY && radiometry != Radiometry.SIGMA0_DB;
    double most =
        switch (radiometry) {
          case AMPLITUDE -> Math.sqrt(Radiometry.MOST_POWER);
          case SIGMA0_DB -> 10 * Math.log10(Radiometry.MOST_POWER);
          default -> Radiometry.MOST_POWER;
        };
    float least = radiometry == Radiometry.AMPLITUDE ? 0 : Float.NEGATIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      float v = values[i];
      boolean measured = v > Float.NEGATIVE_INFINITY && v >= least && v <= most;
      if (!measured || (zeroIsNodata && v == 0)) {
        values[i] = Float.NaN;
      }
    }
    return values;
  }

  private static void maskValue(float[] values, float nodata) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == nodata) {
        values[i] = Float.NaN;
      }
    }
  }

  /** Replaces runs of at least {@link #BORDER_RUN} zeros along a row by NaN. */
  static void maskZeroRuns(float[] values, int width) {
    for (int row = 0; row < values.length; row += width) {
      int run = 0;
      for (int i = row; i <= row + width; i++) {
        if (i < row + width && values[i] == 0) {
          run++;
          continue;
        }
        if (run >= BORDER_RUN) {
          java.util.Arrays.fill(values, i - run, i, Float.NaN);
        }
        run = 0;
      }
    }
  }

  private static float[] cut(float[] values, Window from, Window w) {
    if (from.equals(w)) {
      return values;
    }
    float[] out = new float[w.area()];
    for (int row = 0; row < w.height(); row++) {
      int at = row * from.width() + w.x() - from.x();
      System.arraycopy(values, at, out, row * w.width(), w.width());
    }
    return out;
  }
}
