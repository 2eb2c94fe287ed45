package dev.sarscribe.imagery.radiometry;

/**
 * Takes powers to the 8-bit levels of a stretch in decibels: level 1 at or below its low end, 255
 * at or above its high end, 254 equal steps in between, rounded; 0 for NaN. No logarithm is taken
 * of a pixel: the upper bits of a power name a narrow bucket of powers, and each bucket has its
 * level. A level is at most a 64th of a step off the rounded one. Immutable, thread-safe.
 */
final class PowerLevels {
  private static final int TOP = 255;
  private static final int MANTISSA_BITS = 23;

  /** Decibels of a factor of e: 10 log10(1 + x) is at most this times x. */
  private static final double DB_PER_E = 10 / Math.log(10);

  /** Buckets in a step, at least: a table of 8 to 16 KiB stays in the first-level cache. */
  private static final int BUCKETS = 32;

  /** Bits of a float that do not matter to its bucket. */
  private final int ignoredBits;

  private final int first;

  /** Level of each bucket from the first one on. */
  private final byte[] levels;

  PowerLevels(Stretch stretch) {
    double step = (stretch.high() - stretch.low()) / (TOP - 1);
    // A bucket of m bits of the mantissa spans at most 10 log10(1 + 2^-m) decibels.
    int bits = (int) Math.ceil(Math.log(DB_PER_E * BUCKETS / step) / Math.log(2));
    this.ignoredBits = MANTISSA_BITS - Math.max(0, Math.min(MANTISSA_BITS, bits));
    this.first = Float.floatToRawIntBits(power(stretch.low())) >> ignoredBits;
    int last = Float.floatToRawIntBits(power(stretch.high())) >> ignoredBits;
    this.levels = new byte[last - first + 1];
    for (int i = 0; i < levels.length; i++) {
      double db = 10 * Math.log10(middle(first + i));
      double level = 1 + (db - stretch.low()) / step;
      levels[i] = (byte) Math.round(Math.max(1, Math.min(TOP, level)));
    }
    levels[0] = 1;
    levels[levels.length - 1] = (byte) TOP;
  }

  /** The power of some decibels, as near as a normal float comes to it. */
  private static float power(double db) {
    double power = Math.pow(10, db / 10);
    return (float) Math.max(Float.MIN_NORMAL, Math.min(Float.MAX_VALUE, power));
  }

  private double middle(int bucket) {
    double from = Float.intBitsToFloat(bucket << ignoredBits);
    return (from + Float.intBitsToFloat((bucket + 1) << ignoredBits)) / 2;
  }

  /** Levels of {@code n} powers. */
  void of(float[] powers, int from, byte[] into, int to, int n) {
    int last = levels.length - 1;
    for (int i = 0; i < n; i++) {
      float power = powers[from + i];
      // Floats are in the order of their bits, the negative ones below all others.
      int bucket = (Float.floatToRawIntBits(power) >> ignoredBits) - first;
      byte level = levels[Math.max(0, Math.min(last, bucket))];
      into[to + i] = Float.isNaN(power) ? 0 : level;
    }
  }
}
