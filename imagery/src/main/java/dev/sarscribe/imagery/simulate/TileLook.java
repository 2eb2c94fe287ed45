package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.radiometry.SpeckleFilter;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How a training tile is brought to 8 bits: as the public data sets do it, in many variants.
 *
 * @param filtered whether a refined Lee filter comes first
 * @param decibels whether the stretch is in dB rather than linear in amplitude
 * @param lowPercentile of the values becomes 1
 * @param highPercentile of the values becomes 255
 * @param headroomDb the upper end lies this much higher, as if the stretch were that of a whole
 *     scene with brighter parts
 */
record TileLook(
    boolean filtered,
    boolean decibels,
    double lowPercentile,
    double highPercentile,
    double headroomDb) {
  /** Percentiles are taken from every such pixel; a prime, so that columns alternate. */
  private static final int SAMPLE = 7;

  /**
   * A look at random: half are filtered, two fifths in dB; some amplitude stretches are very dark.
   */
  static TileLook random(SplittableRandom random) {
    boolean filtered = random.nextBoolean();
    double headroom = random.nextBoolean() ? 0 : random.nextDouble(1, 7);
    if (random.nextInt(5) < 2) {
      double low = random.nextDouble(0.1, 2);
      return new TileLook(filtered, true, low, random.nextDouble(98.5, 99.97), headroom);
    }
    double high = random.nextBoolean() ? random.nextDouble(97, 99) : random.nextDouble(99, 99.95);
    return new TileLook(filtered, false, random.nextDouble(0, 0.5), high, headroom);
  }

  /** Applies this look to linear σ⁰; no pixel becomes 0, which means nodata. */
  byte[] apply(float[] sigma0, int width, int height, double looks) {
    Window whole = new Window(0, 0, width, height);
    float[] values =
        filtered
            ? SpeckleFilter.REFINED_LEE.filter(sigma0, width, height, whole, looks)
            : sigma0.clone();
    for (int i = 0; i < values.length; i++) {
      double v = Math.max(values[i], 1e-5);
      values[i] = (float) (decibels ? 10 * Math.log10(v) : Math.sqrt(v));
    }
    float[] sorted = new float[values.length / SAMPLE];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = values[i * SAMPLE];
    }
    Arrays.sort(sorted);
    float low = sorted[(int) (lowPercentile / 100 * (sorted.length - 1))];
    float high = sorted[(int) (highPercentile / 100 * (sorted.length - 1))];
    high = (float) (decibels ? high + headroomDb : high * Math.pow(10, headroomDb / 20));
    float scale = 254 / Math.max(high - low, 1e-6f);
    byte[] out = new byte[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (byte) Math.round(1 + Math.max(0, Math.min(254, (values[i] - low) * scale)));
    }
    return out;
  }
}
