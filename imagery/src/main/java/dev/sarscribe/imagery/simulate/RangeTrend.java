package dev.sarscribe.imagery.simulate;

/**
 * What changes across the swath, per column: backscatter with the incidence angle, and thermal
 * noise with the antenna pattern.
 */
final class RangeTrend {
  /** How fast the sea darkens: CMOD5 (Hersbach 2007) at 10 m/s, from 31 to 46 degrees. */
  private static final double SEA_DB_PER_DEGREE = -0.45;

  /** Noise-equivalent σ⁰ of scenes that are not like Sentinel-1's, in dB. */
  private static final double FINE_NOISE_DB = -26;

  /** Scenes with at least this spacing have the noise of an IW swath. */
  private static final double SWATH_SPACING_M = 5;

  /**
   * Noise-equivalent σ⁰ of an IW GRDH product in dB, every {@link #NOISE_STEP_M} from near range:
   * the noise and calibration tables of a Sentinel-1A product of 2022 (VV), of whose three beams
   * each is quietest in its middle.
   */
  private static final double[] NOISE_DB = {
    -24.1, -25.1, -25.4, -25.5, -25.9, -25.9, -24.7, -26.4, -27.3, -27.8, -28.0, -27.8, -26.9,
    -26.6, -29.2, -30.5, -30.8, -30.3, -28.9, -26.7, -25.5
  };

  private static final double NOISE_STEP_M = 13_000;

  private final float[] sea;
  private final float[] land;
  private final float[] noise;

  RangeTrend(SceneSpec spec) {
    IwGeometry geometry = new IwGeometry(spec);
    double middle = geometry.incidence(spec.width() / 2.0);
    sea = new float[spec.width()];
    land = new float[spec.width()];
    noise = new float[spec.width()];
    for (int x = 0; x < spec.width(); x++) {
      double incidence = geometry.incidence(x + 0.5);
      double degrees = Math.toDegrees(incidence - middle);
      sea[x] = Backscatter.linear(SEA_DB_PER_DEGREE * degrees);
      // Land looks about equally bright from everywhere: γ⁰ = σ⁰ / cos θ is constant.
      land[x] = (float) (Math.cos(incidence) / Math.cos(middle));
      noise[x] = Backscatter.linear(noiseDb(spec, x + 0.5));
    }
  }

  /** Factor of the sea's σ⁰, 1 at mid swath. */
  float sea(int column) {
    return sea[column];
  }

  /** Factor of the land's σ⁰, 1 at mid swath. */
  float land(int column) {
    return land[column];
  }

  /** Noise-equivalent σ⁰, linear. */
  float noise(int column) {
    return noise[column];
  }

  private static double noiseDb(SceneSpec spec, double x) {
    if (spec.pixelSpacingM() < SWATH_SPACING_M) {
      return FINE_NOISE_DB;
    }
    double at = Math.min(NOISE_DB.length - 1.001, x * spec.pixelSpacingM() / NOISE_STEP_M);
    int i = (int) at;
    return NOISE_DB[i] + (NOISE_DB[i + 1] - NOISE_DB[i]) * (at - i);
  }
}
