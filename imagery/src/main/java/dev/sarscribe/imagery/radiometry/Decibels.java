package dev.sarscribe.imagery.radiometry;

/** Decibels and back, in place or by value; NaN stays NaN. Static, thread-safe. */
final class Decibels {
  /** Least power that is given a logarithm: -60 dB, below any sensor's noise. */
  static final float LEAST_POWER = 1e-6f;

  private static final float DB_PER_OCTAVE = (float) (10 * Math.log10(2));

  private Decibels() {}

  /** 10 log10 of powers, those below {@link #LEAST_POWER} raised to it. */
  static void ofPower(float[] values) {
    for (int i = 0; i < values.length; i++) {
      float v = values[i];
      values[i] = Float.isNaN(v) ? v : DB_PER_OCTAVE * log2(Math.max(v, LEAST_POWER));
    }
  }

  /** 10^(dB/10). */
  static void toPower(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.exp(values[i] * (Math.log(10) / 10));
    }
  }

  /**
   * Base-2 logarithm of a positive normal float, within 2e-6: exponent bits, and the atanh series
   * of the mantissa around the square root of two.
   */
  @SuppressWarnings("FloatingPointLiteralPrecision") // rounded by the compiler
  static float log2(float v) {
    int bits = Float.floatToRawIntBits(v);
    int exponent = (bits >> 23) - 127;
    float m = Float.intBitsToFloat((bits & 0x7FFFFF) | 0x3F800000);
    float s = (m - 1.41421356f) / (m + 1.41421356f);
    float s2 = s * s;
    float series = s * (2.88539008f + s2 * (0.96179669f + s2 * (0.57707802f + s2 * 0.41219859f)));
    return exponent + 0.5f + series;
  }
}
