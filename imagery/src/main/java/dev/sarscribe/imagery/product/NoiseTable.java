package dev.sarscribe.imagery.product;

import java.util.Arrays;
import java.util.List;

/**
 * Thermal noise of a Sentinel-1 band, in units of DN²: a range table, scaled along azimuth in
 * blocks where the product has them (since March 2018). Thread-safe.
 */
record NoiseTable(LookUpTable range, List<AzimuthBlock> azimuth) {
  NoiseTable {
    azimuth = List.copyOf(azimuth);
  }

  /**
   * A factor along azimuth for a rectangle of the image, ends included.
   *
   * @param lines image lines of the factors, ascending
   * @param factors as many as lines
   */
  @SuppressWarnings("ArrayRecordComponent") // owned by the block
  record AzimuthBlock(
      int firstLine, int lastLine, int firstSample, int lastSample, int[] lines, float[] factors) {
    AzimuthBlock {
      if (lines.length == 0 || lines.length != factors.length) {
        throw new IllegalArgumentException(
            "%d factors at %d lines".formatted(factors.length, lines.length));
      }
      LookUpTable.requireAscending(lines);
    }

    float factor(int line) {
      return LookUpTable.interpolate(lines, factors, line, 1)[0];
    }
  }

  /** Scales a row of range noise, samples {@code x} and on of an image line. */
  void scale(float[] noise, int x, int line) {
    if (azimuth.isEmpty()) {
      return;
    }
    float[] factors = new float[noise.length];
    Arrays.fill(factors, 1);
    for (AzimuthBlock b : azimuth) {
      int from = Math.max(x, b.firstSample);
      int to = (int) Math.min((long) x + noise.length, b.lastSample + 1L);
      if (line >= b.firstLine && line <= b.lastLine && from < to) {
        Arrays.fill(factors, from - x, to - x, b.factor(line));
      }
    }
    for (int i = 0; i < noise.length; i++) {
      noise[i] *= factors[i];
    }
  }
}
