package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Radiometry;
import dev.sarscribe.imagery.product.Scene;
import java.util.Locale;

/**
 * The normalisation of SARLANG-1M's images: power, a speckle filter, decibels, linear stretch to 1
 * to 255; 0 is nodata. Display pixels are taken as they are, but a valid 0 becomes 1. Stateless and
 * thread-safe.
 */
public final class SarlangRecipe implements Recipe {
  private static final double LOW_PERCENT = 1;
  private static final double HIGH_PERCENT = 99;

  private static final double LEAST_RANGE_DB = 0.01;

  /** Cross-polarized backscatter is about 5 dB below co-polarized. */
  private static final Stretch FIXED_CO = new Stretch(-25, 5);

  private static final Stretch FIXED_CROSS = new Stretch(-30, 0);

  /** For a scene without valid pixels, or of one value. */
  private static final Stretch ARBITRARY = new Stretch(-30, 0);

  private static final Stretch DISPLAY = new Stretch(0, 255);

  /** Columns read at a time: enough for a disk, few enough for the processor's cache. */
  private static final int READ = 4096;

  private final String name;
  private final SpeckleFilter filter;
  private final boolean fixed;

  private SarlangRecipe(String name, SpeckleFilter filter, boolean fixed) {
    this.name = name;
    this.filter = filter;
    this.fixed = fixed;
  }

  /** {@code sarlang/1}: refined Lee, stretch between the scene's own percentiles. */
  public static SarlangRecipe byScene() {
    return new SarlangRecipe("sarlang/1", SpeckleFilter.REFINED_LEE, false);
  }

  /** {@code sarlang-fixed/1}: refined Lee, stretch between fixed levels, so that scenes compare. */
  public static SarlangRecipe fixedLevels() {
    return new SarlangRecipe("sarlang-fixed/1", SpeckleFilter.REFINED_LEE, true);
  }

  /** {@code sarlang-lee/1}: as {@link #byScene}, with the plain Lee filter, for speed. */
  public static SarlangRecipe plainLee() {
    return new SarlangRecipe("sarlang-lee/1", SpeckleFilter.LEE, false);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Stretch estimate(Scene scene) throws SceneException {
    if (scene.radiometry() == Radiometry.DISPLAY) {
      return DISPLAY;
    }
    if (fixed && isCalibrated(scene)) {
      return isCross(scene) ? FIXED_CROSS : FIXED_CO;
    }
    float[] db = Percentiles.sample(scene, this::filteredDb);
    if (db.length == 0) {
      return ARBITRARY;
    }
    double low = Percentiles.of(db, LOW_PERCENT);
    double high = Percentiles.of(db, HIGH_PERCENT);
    // A flat scene stays flat, rather than that the rounding of its values is shown.
    return high - low >= LEAST_RANGE_DB ? new Stretch(low, high) : new Stretch(low - 1, low + 1);
  }

  private static boolean isCalibrated(Scene scene) {
    return scene.radiometry() == Radiometry.SIGMA0_LINEAR
        || scene.radiometry() == Radiometry.SIGMA0_DB;
  }

  private static boolean isCross(Scene scene) {
    return scene.polarization().equals("VH") || scene.polarization().equals("HV");
  }

  @Override
  public String describe(Scene scene, Stretch stretch) {
    if (scene.radiometry() == Radiometry.DISPLAY) {
      return name + ": display pixels as they are, valid 0 -> 1, nodata -> 0";
    }
    String power =
        switch (scene.radiometry()) {
          case SIGMA0_LINEAR -> "sigma0 linear";
          case SIGMA0_DB -> "sigma0 dB -> 10^(dB/10)";
          case AMPLITUDE -> "amplitude^2, uncalibrated";
          default -> "intensity, uncalibrated";
        };
    boolean bySample = !fixed || !isCalibrated(scene);
    return String.format(
        Locale.ROOT,
        "%s: %s; %s, looks %.1f; linear stretch in dB, %.3f to %.3f dB%s -> 1..255; nodata -> 0",
        name,
        power,
        filter.title(),
        SpeckleFilter.GRDH_LOOKS,
        stretch.low(),
        stretch.high(),
        bySample ? " (percentiles 1 and 99 of a decimated read)" : " (fixed)");
  }

  @Override
  public NormalisedBand apply(Scene scene, Window window, Stretch stretch) throws SceneException {
    if (!window.fitsIn(scene.width(), scene.height())) {
      throw new IllegalArgumentException(
          window + " leaves " + scene.width() + " x " + scene.height());
    }
    if (scene.radiometry() == Radiometry.DISPLAY) {
      return new NormalisedBand(window, display(scene.read(window)));
    }
    PowerLevels levels = new PowerLevels(stretch);
    byte[] out = new byte[window.area()];
    for (int x = 0; x < window.width(); x += READ) {
      int columns = Math.min(READ, window.width() - x);
      Window part = new Window(window.x() + x, window.y(), columns, window.height());
      normalise(Powers.around(part, scene), part, levels, out, window);
    }
    return new NormalisedBand(window, out);
  }

  /** Filters and stretches a part of a window. */
  private void normalise(Powers powers, Window part, PowerLevels levels, byte[] out, Window of) {
    for (int x = 0; x < part.width(); x += SpeckleFilter.STRIP) {
      int columns = Math.min(SpeckleFilter.STRIP, part.width() - x);
      Window strip = new Window(part.x() + x, part.y(), columns, part.height());
      float[] filtered = powers.filtered(filter, strip);
      for (int row = 0; row < part.height(); row++) {
        int to = row * of.width() + strip.x() - of.x();
        levels.of(filtered, row * columns, out, to, columns);
      }
    }
  }

  private float[] filteredDb(Scene scene, Window window) throws SceneException {
    float[] filtered = Powers.around(window, scene).filtered(filter, window);
    Decibels.ofPower(filtered);
    return filtered;
  }

  /** Powers of a window of a scene and, where the scene has one, of its surround. */
  @SuppressWarnings("ArrayRecordComponent") // not shared
  private record Powers(Window wide, float[] values) {
    static Powers around(Window w, Scene scene) throws SceneException {
      int x0 = Math.max(0, w.x() - SpeckleFilter.RADIUS);
      int y0 = Math.max(0, w.y() - SpeckleFilter.RADIUS);
      int x1 = Math.min(scene.width(), w.right() + SpeckleFilter.RADIUS);
      int y1 = Math.min(scene.height(), w.bottom() + SpeckleFilter.RADIUS);
      Window wide = new Window(x0, y0, x1 - x0, y1 - y0);
      float[] values = scene.read(wide);
      toPower(values, scene.radiometry());
      return new Powers(wide, values);
    }

    float[] filtered(SpeckleFilter filter, Window w) {
      Window inner = new Window(w.x() - wide.x(), w.y() - wide.y(), w.width(), w.height());
      return filter.filter(values, wide.width(), wide.height(), inner, SpeckleFilter.GRDH_LOOKS);
    }
  }

  private static void toPower(float[] values, Radiometry radiometry) {
    if (radiometry == Radiometry.SIGMA0_DB) {
      Decibels.toPower(values);
    } else if (radiometry == Radiometry.AMPLITUDE) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= values[i];
      }
    }
  }

  private static byte[] display(float[] values) {
    byte[] out = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      float v = values[i];
      out[i] = Float.isNaN(v) ? 0 : (byte) (int) Math.max(1, Math.min(255, v + 0.5f));
    }
    return out;
  }
}
