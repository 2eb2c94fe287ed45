package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated backscatter has the statistics that are known of real products. */
class BackscatterStatisticsTest {
  @Test
  void speckleHasMeanOneAndTheNominalNumberOfLooks() {
    for (float[] power : speckle(600, 4.4)) {
      double mean = mean(power);

      assertThat(mean).isCloseTo(1, within(0.01));
      assertThat(1 / (secondMoment(power) - 1)).isCloseTo(4.4, within(0.2));
    }
  }

  @Test
  void speckleOfNeighboursIsCorrelatedAndThatOfDistantPixelsIsNot() {
    float[] power = speckle(400, 4.4)[0];

    assertThat(correlation(power, power, 1)).isBetween(0.42, 0.54);
    assertThat(correlation(power, power, 2)).isBetween(0.02, 0.12);
    assertThat(correlation(power, power, 5)).isBetween(-0.03, 0.03);
  }

  @Test
  void speckleOfThePolarizationsIsIndependent() {
    float[][] power = speckle(400, 4.4);

    assertThat(correlation(power[0], power[1], 0)).isBetween(-0.02, 0.02);
  }

  @Test
  void homogeneousLandHasTheLooksOfTheProduct() {
    SceneSpec spec = SceneSpec.sentinel1(512, 512, 14, SceneKind.FARMLAND);
    Band band = new SceneRenderer(spec).render(0, 512);

    double best = 0;
    for (int y = 0; y + 24 <= 512; y += 24) {
      for (int x = 0; x + 24 <= 512; x += 24) {
        best = Math.max(best, looks(band, x, y, 24));
      }
    }

    // The best of some hundred windows lies above the nominal 4.4, as chance will have it.
    assertThat(best).isBetween(4.0, 6.5);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theTextureOfTheSeaIsGammaDistributedWithItsShape(long seed) {
    SeaState sea = new SeaState(SceneSpec.sentinel1(512, 512, seed, SceneKind.OPEN_SEA));
    float[] texture = new float[300 * 300];
    for (int i = 0; i < texture.length; i++) {
      texture[i] = sea.texture(23.0 * (i % 300), 23.0 * Math.floorDiv(i, 300));
    }

    // Interpolation between lattice points and swell change the variance a little.
    double shape = 1 / (secondMoment(texture) - 1);
    assertThat(shape).isBetween(0.55 * sea.shape(), 1.6 * sea.shape());
    assertThat(mean(texture)).isCloseTo(1, within(0.05));
  }

  @Test
  void landIsBrighterThanTheSeaBesideIt() {
    Band band = new SceneRenderer(SceneSpec.sentinel1(512, 512, 3, SceneKind.COAST)).render(0, 512);

    double sea = medianDb(band.vv(), band, LandCover.WATER);

    assertThat(medianDb(band.vv(), band, LandCover.URBAN)).isGreaterThan(sea + 8);
    assertThat(medianDb(band.vv(), band, LandCover.FIELD)).isGreaterThan(sea + 4);
  }

  @Test
  void crossPolarizationIsWeakestOverWaterAndStrongestOverForest() {
    SceneSpec spec = SceneSpec.sentinel1(512, 512, 3, SceneKind.COAST);
    SceneSpec woods = SceneSpec.sentinel1(512, 512, 2, SceneKind.FOREST);

    assertThat(crossRatioDb(spec, LandCover.WATER)).isBetween(-15.0, -9.0);
    assertThat(crossRatioDb(spec, LandCover.URBAN)).isBetween(-9.0, -5.0);
    assertThat(crossRatioDb(woods, LandCover.FOREST)).isBetween(-7.5, -5.0);
  }

  @Test
  void townsHaveABrightTail() {
    Band band = new SceneRenderer(SceneSpec.sentinel1(512, 512, 2, SceneKind.CITY)).render(0, 512);
    float[] urban = covered(band.vv(), band, LandCover.URBAN);
    Arrays.sort(urban);

    double median = urban[urban.length / 2];

    assertThat(db(urban[(int) (0.99 * urban.length)] / median)).isBetween(8.0, 14.0);
    assertThat(db(urban[(int) (0.999 * urban.length)] / median)).isBetween(12.0, 22.0);
  }

  @Test
  void theSeaDarkensFromNearToFarRange() {
    RangeTrend trend = new RangeTrend(SceneSpec.sentinel1(25_000, 64, 1, SceneKind.OPEN_SEA));

    double fallDb = db(trend.sea(0) / trend.sea(24_999));

    // 15 degrees at 0.45 dB each.
    assertThat(fallDb).isCloseTo(6.8, within(0.3));
    assertThat(db(trend.land(0) / trend.land(24_999))).isBetween(0.5, 1.5);
  }

  @Test
  void thermalNoiseFollowsTheBeamsOfTheSwath() {
    RangeTrend trend = new RangeTrend(SceneSpec.sentinel1(25_000, 64, 1, SceneKind.OPEN_SEA));
    DoubleUnaryOperator noise = km -> db(trend.noise((int) (km * 100)));

    assertThat(noise.applyAsDouble(1)).isCloseTo(-24.2, within(0.3));
    assertThat(noise.applyAsDouble(130)).isCloseTo(-28, within(0.3));
    assertThat(noise.applyAsDouble(208)).isCloseTo(-30.8, within(0.3));
    assertThat(noise.applyAsDouble(169)).isGreaterThan(noise.applyAsDouble(130) + 1);
  }

  @Test
  void foreshorteningMovesPowerAndKeepsItsSum() {
    Relief relief = new Relief(SceneSpec.sentinel1(2000, 64, 7, SceneKind.FOREST), 300, -1);
    double sum = 0;
    float brightest = 0;
    for (int y = 0; y < 20; y++) {
      for (float gain : relief.gains(y * 310.0, 0, 1999)) {
        sum += gain;
        brightest = Math.max(brightest, gain);
      }
    }

    assertThat(sum / 20 / 2000).isCloseTo(1, within(0.06));
    assertThat(brightest).isGreaterThan(3);
  }

  @Test
  void aShipThatMovesInRangeIsDisplacedFromItsWakeAndOneThatMovesInAzimuthIsNot() {
    Ship inRange = new Ship(new Frame(0, 0, 0), 100, 18, 5, 1);
    Ship inAzimuth = new Ship(new Frame(0, 0, Math.PI / 2), 100, 18, 5, 1);

    assertThat(inRange.wakeOffsetM()).isCloseTo(347, within(5.0));
    assertThat(inAzimuth.wakeOffsetM()).isCloseTo(0, within(1e-6));
  }

  private static float[][] speckle(int size, double looks) {
    float[] vv = new float[size * size];
    float[] vh = new float[size * size];
    Arrays.fill(vv, 1);
    Arrays.fill(vh, 1);
    new Speckle(5, looks).apply(vv, vh, size, 0, size);
    return new float[][] {vv, vh};
  }

  private static double looks(Band band, int x0, int y0, int size) {
    float[] window = new float[size * size];
    for (int i = 0; i < window.length; i++) {
      window[i] = band.vv()[(y0 + Math.floorDiv(i, size)) * band.width() + x0 + i % size];
    }
    return 1 / (secondMoment(window) - 1);
  }

  private static double mean(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  /** The mean square over the squared mean. */
  private static double secondMoment(float[] values) {
    double square =
        IntStream.range(0, values.length)
            .mapToDouble(i -> (double) values[i] * values[i])
            .average()
            .orElseThrow();
    return square / mean(values) / mean(values);
  }

  private static double correlation(float[] a, float[] b, int lag) {
    double product = 0;
    double squareA = 0;
    double squareB = 0;
    for (int i = 0; i < a.length - lag; i++) {
      product += (a[i] - 1) * (b[i + lag] - 1);
      squareA += (a[i] - 1) * (a[i] - 1);
      squareB += (b[i] - 1) * (b[i] - 1);
    }
    return product / Math.sqrt(squareA * squareB);
  }

  /** VH over VV in dB, both without thermal noise. */
  private static double crossRatioDb(SceneSpec spec, LandCover cover) {
    SceneRenderer renderer = new SceneRenderer(spec);
    Band band = renderer.render(0, spec.height());
    double vv = 0;
    double vh = 0;
    for (int i = 0; i < band.cover().length; i++) {
      boolean ship = cover == LandCover.WATER && band.vv()[i] > 0.1;
      if (band.cover()[i] == cover.code() && !ship) {
        vv += band.vv()[i] - renderer.noise(i % spec.width());
        vh += band.vh()[i] - renderer.noise(i % spec.width());
      }
    }
    return db(vh / vv);
  }

  private static double medianDb(float[] sigma0, Band band, LandCover cover) {
    float[] values = covered(sigma0, band, cover);
    assertThat(values.length).as("pixels of %s", cover).isGreaterThan(500);
    Arrays.sort(values);
    return db(values[values.length / 2]);
  }

  private static float[] covered(float[] sigma0, Band band, LandCover cover) {
    float[] values = new float[sigma0.length];
    int n = 0;
    for (int i = 0; i < sigma0.length; i++) {
      if (band.cover()[i] == cover.code()) {
        values[n++] = sigma0[i];
      }
    }
    return Arrays.copyOf(values, n);
  }

  private static double db(double linear) {
    return 10 * Math.log10(linear);
  }
}
