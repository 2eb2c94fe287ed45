package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Radiometry;
import dev.sarscribe.imagery.product.Scene;
import java.util.Locale;

/**
 * The normalisation of SARLANG-1M's images: power, refined Lee 7 x 7, decibels, linear stretch to 1
 * to 255; 0 is nodata. {@code sarlang/1} stretches between the 1st and 99th percentile of the
 * scene's filtered decibels; {@code sarlang-fixed/1} between fixed levels, so that scenes compare.
 * Display pixels are taken as they are, but a valid 0 becomes 1. Stateless and thread-safe.
 */
public final class SarlangRecipe implements Recipe {
  private static final double LOW_PERCENT = 1;
  private static final double HIGH_PERCENT = 99;

  /** Cross-polarized backscatter is about 5 dB below co-polarized. */
  private static final Stretch FIXED_CO = new Stretch(-25, 5);

  private static final Stretch FIXED_CROSS = new Stretch(-30, 0);

  /** For a scene without valid pixels, or of one value. */
  private static final Stretch ARBITRARY = new Stretch(-30, 0);

  private static final Stretch DISPLAY = new Stretch(0, 255);

  private final String name;
  private final boolean fixed;

  private SarlangRecipe(String name, boolean fixed) {
    this.name = name;
    this.fixed = fixed;
  }

  /** {@code sarlang/1}: stretch by the scene's own percentiles. */
  public static SarlangRecipe byScene() {
    return new SarlangRecipe("sarlang/1", false);
  }

  /** {@code sarlang-fixed/1}: stretch between fixed levels, for calibrated scenes. */
  public static SarlangRecipe fixedLevels() {
    return new SarlangRecipe("sarlang-fixed/1", true);
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
    float[] db = Percentiles.sample(scene, SarlangRecipe::filteredDb);
    if (db.length == 0) {
      return ARBITRARY;
    }
    double low = Percentiles.of(db, LOW_PERCENT);
    double high = Percentiles.of(db, HIGH_PERCENT);
    return low < high ? new Stretch(low, high) : new Stretch(low - 1, low + 1);
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
        "%s: %s; refined Lee 7x7, looks %.1f; 10 log10, floor %.0f dB; linear stretch %.3f to %.3f"
            + " dB%s -> 1..255; nodata -> 0",
        name,
        power,
        RefinedLee.GRDH_LOOKS,
        10 * Math.log10(Decibels.LEAST_POWER),
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
    return new NormalisedBand(window, stretched(filteredDb(scene, window), stretch));
  }

  /** Filtered decibels of a window, its surround read where the scene has one. */
  private static float[] filteredDb(Scene scene, Window w) throws SceneException {
    int x0 = Math.max(0, w.x() - RefinedLee.RADIUS);
    int y0 = Math.max(0, w.y() - RefinedLee.RADIUS);
    int x1 = Math.min(scene.width(), w.right() + RefinedLee.RADIUS);
    int y1 = Math.min(scene.height(), w.bottom() + RefinedLee.RADIUS);
    Window wide = new Window(x0, y0, x1 - x0, y1 - y0);
    float[] values = scene.read(wide);
    toPower(values, scene.radiometry());
    Window inner = new Window(w.x() - x0, w.y() - y0, w.width(), w.height());
    float[] filtered =
        RefinedLee.filter(values, wide.width(), wide.height(), inner, RefinedLee.GRDH_LOOKS);
    Decibels.ofPower(filtered);
    return filtered;
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

  /** Values at or below low become 1, at or above high 255; NaN becomes 0. */
  static byte[] stretched(float[] db, Stretch stretch) {
    float low = (float) stretch.low();
    float scale = (float) (254 / (stretch.high() - stretch.low()));
    byte[] out = new byte[db.length];
    for (int i = 0; i < db.length; i++) {
      float v = 1.5f + (db[i] - low) * scale;
      out[i] = Float.isNaN(v) ? 0 : (byte) (int) Math.max(1, Math.min(255, v));
    }
    return out;
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
