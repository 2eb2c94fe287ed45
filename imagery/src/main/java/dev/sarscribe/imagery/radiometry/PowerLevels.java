package dev.sarscribe.imagery.radiometry;

/**
 * Takes powers to the 8-bit levels of a stretch in decibels: level 1 at or below its low end, 255
 * at or above its high end, 254 equal steps in between, rounded; 0 for NaN. No logarithm is taken
 * of a pixel: the upper bits of a power name a bucket of powers that is narrower than a step, so
 * that a bucket holds the beginning of one level at most. (Steps beyond single precision fall
 * together.) Immutable, thread-safe.
 */
final class PowerLevels {
  private static final int TOP = 255;
  private static final int MANTISSA_BITS = 23;

  /** Decibels of a factor of e: 10 log10(1 + x) is at most this times x. */
  private static final double DB_PER_E = 10 / Math.log(10);

  /** Bits of a float that do not matter to its bucket. */
  private final int ignoredBits;

  private final int first;

  /** Level of the least power of each bucket from the first one on. */
  private final byte[] levels;

  /** Bits of the power with which the next level begins in each bucket; the largest int if none. */
  private final int[] next;

  PowerLevels(Stretch stretch) {
    double step = (stretch.high() - stretch.low()) / (TOP - 1);
    float[] least = new float[TOP + 1];
    for (int level = 2; level <= TOP; level++) {
      least[level] = (float) Math.pow(10, (stretch.low() + (level - 1.5) * step) / 10);
    }
    // A bucket of m bits of the mantissa spans at most 10 log10(1 + 2^-m) decibels.
    int bits = (int) Math.ceil(Math.log(DB_PER_E / step) / Math.log(2));
    this.ignoredBits = MANTISSA_BITS - Math.max(0, Math.min(MANTISSA_BITS, bits));
    this.first = (Float.floatToRawIntBits(least[2]) >> ignoredBits) - 1;
    int last = Float.floatToRawIntBits(least[TOP]) >> ignoredBits;
    this.levels = new byte[last - first + 2];
    this.next = new int[levels.length];
    int level = 1;
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) level;
      next[i] = Integer.MAX_VALUE;
      while (level < TOP && Float.floatToRawIntBits(least[level + 1]) >> ignoredBits == first + i) {
        level++;
        next[i] = Float.floatToRawIntBits(least[level]);
      }
    }
  }

  /** Levels of {@code n} powers. */
  void of(float[] powers, int from, byte[] into, int to, int n) {
    int last = levels.length - 1;
    for (int i = 0; i < n; i++) {
      float power = powers[from + i];
      // Not negative, floats are in the order of their bits.
      int bits = Math.max(0, Float.floatToRawIntBits(power));
      int bucket = Math.max(0, Math.min(last, (bits >> ignoredBits) - first));
      // A sign bit rather than a comparison, as speckle cannot be predicted.
      int below = (bits - next[bucket]) >>> 31;
      into[to + i] = (byte) (Float.isNaN(power) ? 0 : levels[bucket] + 1 - below);
    }
  }
}
