package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/**
 * The sea of one scene: wind-dependent backscatter with gusts, and a K-distributed texture, that
 * is, speckle over a gamma-distributed local mean (Jakeman and Pusey 1976; Ward, Tough and Watts,
 * Sea Clutter, 2013), riding on swell.
 */
final class SeaState {
  private final long seed;
  private final float meanDb;
  private final float gustDb;
  private final float textureOffset;
  private final float textureSlope;
  private final double textureM;
  private final double swellX;
  private final double swellY;
  private final float swellStrength;
  private final double windCos;
  private final double windSin;

  SeaState(SceneSpec spec) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 2, 2));
    seed = spec.seed() + 71;
    meanDb = (float) random.nextDouble(-22, -15);
    gustDb = (float) random.nextDouble(0.3, 2.2);
    double shape = random.nextDouble(3, 25);
    textureOffset = Speckle.gammaOffset(shape);
    textureSlope = Speckle.gammaSlope(shape);
    textureM = Math.max(12, 1.7 * spec.pixelSpacingM());
    double swellM = random.nextDouble(70, 260);
    double angle = random.nextDouble(2 * Math.PI);
    swellX = 2 * Math.PI * Math.cos(angle) / swellM;
    swellY = 2 * Math.PI * Math.sin(angle) / swellM;
    boolean visible = swellM > 3 * spec.pixelSpacingM();
    swellStrength = visible ? (float) random.nextDouble(0.03, 0.22) : 0;
    windCos = Math.cos(angle + 0.3);
    windSin = Math.sin(angle + 0.3);
  }

  /** The local mean in dB: gusts and wind streaks. */
  float meanDb(double x, double y) {
    double along = x * windCos + y * windSin;
    double across = y * windCos - x * windSin;
    return meanDb
        + gustDb
            * (1.6f * Noise.fbm(seed, x / 2600, y / 2600, 3)
                + 0.5f * Noise.value(seed + 9, along / 1500, across / 220));
  }

  /** The texture, of mean one. */
  float texture(double x, double y) {
    // The sum of two lattices has a standard deviation of 0.58: scaled to one, nearly normal.
    float z =
        1.72f
            * (Noise.value(seed + 10, x / textureM, y / textureM)
                + Noise.value(seed + 20, x / (textureM * 2.3), y / (textureM * 2.3)));
    float texture = Speckle.gamma(textureOffset, textureSlope, z);
    if (swellStrength > 0) {
      double phase = x * swellX + y * swellY + 2.5 * Noise.value(seed + 30, x / 600, y / 600);
      texture *= 1 + swellStrength * (float) Math.sin(phase);
    }
    return texture;
  }

  /** VH over VV, linear. */
  float crossRatio() {
    return 0.12f;
  }
}
