package dev.sarscribe.imagery.radiometry;

import java.util.Arrays;

/**
 * Takes powers to the 8-bit levels of a stretch in decibels: level 1 at or below its low end, 255
 * at or above its high end, 254 equal steps in between, rounded; 0 for NaN. No logarithm is taken
 * of a pixel: the least power of each level is computed once, and the upper bits of a power say
 * between which of them it can lie. Immutable, thread-safe.
 */
final class PowerLevels {
  private static final int TOP = 255;

  /** Keeps sign, exponent and 8 bits of the mantissa: buckets of about 0.01 dB. */
  private static final int BUCKET_BITS = 15;

  /** Least power of each level; of the level above the last, infinity. */
  private final float[] least = new float[TOP + 2];

  /** Level of the least power of each bucket from the first one on. */
  private final short[] levels;

  private final int first;

  PowerLevels(Stretch stretch) {
    double step = (stretch.high() - stretch.low()) / (TOP - 1);
    Arrays.fill(least, Float.NEGATIVE_INFINITY);
    for (int level = 2; level <= TOP; level++) {
      least[level] = (float) Math.pow(10, (stretch.low() + (level - 1.5) * step) / 10);
    }
    least[TOP + 1] = Float.POSITIVE_INFINITY;
    this.first = bucket(least[2]) - 1;
    this.levels = new short[bucket(least[TOP]) - first + 1];
    int level = 1;
    for (int i = 0; i < levels.length; i++) {
      float power = Float.intBitsToFloat((first + i) << BUCKET_BITS);
      while (power >= least[level + 1]) {
        level++;
      }
      levels[i] = (short) level;
    }
  }

  private static int bucket(float power) {
    return Float.floatToRawIntBits(power) >> BUCKET_BITS; // of negative powers below all others
  }

  /** The level of a power. */
  byte of(float power) {
    if (Float.isNaN(power)) {
      return 0;
    }
    int i = Math.max(0, Math.min(levels.length - 1, bucket(power) - first));
    int level = levels[i];
    while (power >= least[level + 1]) {
      level++;
    }
    return (byte) level;
  }

  /** Levels of {@code n} powers. */
  void of(float[] powers, int from, byte[] into, int to, int n) {
    for (int i = 0; i < n; i++) {
      into[to + i] = of(powers[from + i]);
    }
  }
}
