package dev.sarscribe.imagery.simulate;

import java.util.SplittableRandom;

/**
 * The sea of one scene, for one thread: wind-dependent backscatter with gusts, and a K-distributed
 * texture, that is, speckle over a gamma-distributed local mean (Jakeman and Pusey 1976; Ward,
 * Tough and Watts, Sea Clutter, 2013), riding on swell.
 */
final class SeaState {
  /** Entries of the sine table, a power of two. */
  private static final int SINE_STEPS = 1024;

  private static final float[] SINE = sineTable();

  private final RowNoise gusts;
  private final RowNoise streaks;
  private final Fractal fine;
  private final Fractal coarse;
  private final RowNoise bends;
  private final float meanDb;
  private final float gustDb;
  private final double shape;
  private final float textureOffset;
  private final float textureSlope;
  private final double swellX;
  private final double swellY;
  private final float swellStrength;

  /** The sea of a scene; the same for every thread. */
  SeaState(SceneSpec spec) {
    SplittableRandom random = new SplittableRandom(Noise.hash(spec.seed(), 2, 2));
    long seed = spec.seed() + 71;
    gusts = new RowNoise(new Fractal(seed, 4, 2600)::at, 60);

    bends = new RowNoise(new Fractal(seed + 30, 2, 600)::at, 60);
    meanDb = (float) random.nextDouble(-22, -15);
    gustDb = (float) random.nextDouble(0.3, 2.2);
    shape = random.nextDouble(4, 35);
    textureOffset = Speckle.gammaOffset(shape);
    textureSlope = Speckle.gammaSlope(shape);
    double textureM = Math.max(12, 1.7 * spec.pixelSpacingM());
    fine = new Fractal(seed + 10, 1, textureM);
    coarse = new Fractal(seed + 20, 1, textureM * 2.3);
    double swellM = random.nextDouble(70, 260);
    double angle = random.nextDouble(2 * Math.PI);
    swellX = Math.cos(angle) / swellM;
    swellY = Math.sin(angle) / swellM;
    boolean visible = swellM > 3 * spec.pixelSpacingM();
    swellStrength = visible ? (float) random.nextDouble(0.03, 0.22) : 0;
    streaks = new RowNoise(streaks(seed + 9, angle + 0.3), 30);
  }

  /** The shape of the texture's gamma distribution: the larger, the less spiky the sea. */
  double shape() {
    return shape;
  }

  /** The mean of the scene at mid swath, VV, in dB. */
  float meanDb() {
    return meanDb;
  }

  /** The local mean in dB: gusts and wind streaks. */
  float meanDb(double x, double y) {
    return meanDb + gustDb * (1.6f * gusts.at(x, y) + 0.8f * streaks.at(x, y));
  }

  /** The texture, of mean one. */
  float texture(double x, double y) {
    // Together two lattices of amplitude 0.5 have a deviation of 0.29: scaled to one, near normal.
    float z = 3.44f * (fine.at(x, y) + coarse.at(x, y));
    float texture = Speckle.gamma(textureOffset, textureSlope, z);
    if (swellStrength > 0) {
      double turns = x * swellX + y * swellY + 0.8 * bends.at(x, y);
      texture *= 1 + swellStrength * SINE[(int) Math.floor(turns * SINE_STEPS) & (SINE_STEPS - 1)];
    }
    return texture;
  }

  /** Wind streaks: bands along the wind, 220 m across and 1,500 m long. */
  private static RowNoise.Plane streaks(long seed, double wind) {
    Fractal noise = new Fractal(seed, 2, 1);
    double cos = Math.cos(wind);
    double sin = Math.sin(wind);
    return (x, y) -> noise.at((x * cos + y * sin) / 1500, (y * cos - x * sin) / 220);
  }

  private static float[] sineTable() {
    float[] table = new float[SINE_STEPS];
    for (int i = 0; i < SINE_STEPS; i++) {
      table[i] = (float) Math.sin(2 * Math.PI * i / SINE_STEPS);
    }
    return table;
  }

  /** VH over VV, linear. */
  float crossRatio() {
    return 0.06f;
  }
}
