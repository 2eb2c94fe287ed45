package dev.sarscribe.imagery.radiometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.product.Radiometry;
import dev.sarscribe.imagery.product.Scene;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SarlangRecipeTest {
  /** A scene held in memory. */
  private record Held(Radiometry radiometry, String polarization, int width, float[] values)
      implements Scene {
    @Override
    public int height() {
      return values.length / width;
    }

    @Override
    public Optional<Geolocation> geolocation() {
      return Optional.empty();
    }

    @Override
    public Optional<Double> incidenceAngleDeg(double x, double y) {
      return Optional.empty();
    }

    @Override
    public Optional<double[]> pixelSpacingM() {
      return Optional.empty();
    }

    @Override
    public float[] read(Window w) {
      float[] out = new float[w.area()];
      for (int y = 0; y < w.height(); y++) {
        System.arraycopy(values, (w.y() + y) * width + w.x(), out, y * w.width(), w.width());
      }
      return out;
    }
  }

  private static float[] random(int n) {
    Random r = new Random(5);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      v[i] = (float) Math.exp(r.nextGaussian() - 3);
    }
    return v;
  }

  @Test
  void tilesOfTwoWindowsMeetWithoutASeam() throws Exception {
    Scene scene = new Held(Radiometry.SIGMA0_LINEAR, "VV", 128, random(128 * 100));
    Recipe recipe = Recipes.standard();
    Stretch stretch = recipe.estimate(scene);

    byte[] whole = recipe.apply(scene, new Window(0, 0, 128, 100), stretch).pixels();
    byte[] lower = recipe.apply(scene, new Window(0, 50, 128, 50), stretch).pixels();

    assertThat(lower).isEqualTo(java.util.Arrays.copyOfRange(whole, 50 * 128, 100 * 128));
  }

  @Test
  void powersAndTheirDecibelsAndAmplitudesGiveTheSamePicture() throws Exception {
    float[] power = random(64 * 64);
    float[] db = power.clone();
    float[] amplitude = power.clone();
    for (int i = 0; i < power.length; i++) {
      db[i] = (float) (10 * Math.log10(power[i]));
      amplitude[i] = (float) Math.sqrt(power[i]);
    }
    byte[] fromPower = picture(new Held(Radiometry.SIGMA0_LINEAR, "VV", 64, power));

    requireClose(picture(new Held(Radiometry.SIGMA0_DB, "VV", 64, db)), fromPower);
    requireClose(picture(new Held(Radiometry.AMPLITUDE, "VV", 64, amplitude)), fromPower);
  }

  private static byte[] picture(Scene scene) throws Exception {
    Recipe recipe = Recipes.standard();
    Window all = new Window(0, 0, scene.width(), scene.height());
    return recipe.apply(scene, all, recipe.estimate(scene)).pixels();
  }

  private static void requireClose(byte[] a, byte[] b) {
    for (int i = 0; i < a.length; i++) {
      assertThat(Math.abs((a[i] & 0xFF) - (b[i] & 0xFF))).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void nodataIsZeroAndNothingElseIs() throws Exception {
    float[] v = random(64 * 64);
    v[70] = Float.NaN;
    byte[] p = picture(new Held(Radiometry.INTENSITY, "VV", 64, v));

    for (int i = 0; i < p.length; i++) {
      assertThat(p[i] == 0).isEqualTo(i == 70);
    }
  }

  @Test
  void aSceneOfNodataHasAStretchAndNoValidPixel() throws Exception {
    float[] v = new float[32 * 32];
    java.util.Arrays.fill(v, Float.NaN);

    assertThat(NormalisedBand.validFraction(picture(new Held(Radiometry.SIGMA0_DB, "VV", 32, v))))
        .isZero();
  }

  @Test
  void displayPixelsAreKeptButAValidZeroBecomesOne() throws Exception {
    float[] v = {0, 1, 128, 255, Float.NaN, 7};

    assertThat(picture(new Held(Radiometry.DISPLAY, "VV", 6, v)))
        .containsExactly(1, 1, 128, 255, 0, 7);
  }

  @Test
  void fixedLevelsDependOnThePolarizationOnly() throws Exception {
    Recipe fixed = Recipes.named("sarlang-fixed/1");

    assertThat(fixed.estimate(new Held(Radiometry.SIGMA0_DB, "VV", 1, new float[1])))
        .isEqualTo(new Stretch(-25, 5));
    assertThat(fixed.estimate(new Held(Radiometry.SIGMA0_LINEAR, "VH", 1, new float[1])))
        .isEqualTo(new Stretch(-30, 0));
  }

  @Test
  void anUnknownRecipeIsRefusedWithTheNamesThereAre() {
    assertThatThrownBy(() -> Recipes.named("x")).hasMessageContaining("sarlang/1");
  }

  @Test
  void percentilesAreNearestRanks() {
    float[] v = new float[1000];
    for (int i = 0; i < 1000; i++) {
      v[i] = i + 1;
    }
    assertThat(Percentiles.of(v, 1)).isCloseTo(10, within(0.0));
    assertThat(Percentiles.of(v, 99)).isCloseTo(990, within(0.0));
  }
}
