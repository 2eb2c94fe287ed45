package dev.sarscribe.imagery.simulate;

import java.util.Arrays;

/**
 * Octaves of value noise, each of half the amplitude and wavelength of the one before: the values
 * of {@link Noise#fbm}. It remembers the lattice cell of the last point in every octave, which
 * makes walking along a row several times faster than asking {@link Noise}. Not thread-safe.
 */
final class Fractal {
  private final long seed;
  private final int octaves;
  private final float loudest;
  private final double alongX;
  private final double alongY;
  private final long[] cellX;
  private final long[] cellY;
  private final float[] corners;

  /**
   * Noise over the plane.
   *
   * @param waveM distance between the lattice points of the first octave in metres
   */
  Fractal(long seed, int octaves, double waveM) {
    this(seed, 0, octaves, waveM);
  }

  /** Only some octaves of a noise: those from {@code first}, the coarsest being 0. */
  Fractal(long seed, int first, int octaves, double waveM) {
    this.seed = seed + first;
    this.octaves = octaves;
    double x = 1 / waveM;
    double y = 0;
    for (int o = 0; o < first; o++) {
      double turned = 1.6 * x - 1.2 * y;
      y = 1.2 * x + 1.6 * y;
      x = turned;
    }
    alongX = x;
    alongY = y;
    loudest = 0.5f / (1 << first);
    cellX = new long[octaves];
    cellY = new long[octaves];
    corners = new float[4 * octaves];
    Arrays.fill(cellX, Long.MIN_VALUE);
  }

  /** The sum at a point in metres: within ±1, with a standard deviation of about 0.25. */
  float at(double x, double y) {
    float sum = 0;
    float amplitude = loudest;
    double px = x * alongX - y * alongY;
    double py = x * alongY + y * alongX;
    for (int o = 0; o < octaves; o++) {
      sum += amplitude * octave(o, px, py);
      amplitude *= 0.5f;
      // A rotation between octaves hides the lattice.
      double qx = 1.6 * px - 1.2 * py;
      py = 1.2 * px + 1.6 * py;
      px = qx;
    }
    return sum;
  }

  /** Whether {@link #at} exceeds a threshold, with only as many octaves as the answer needs. */
  boolean above(double x, double y, double threshold) {
    float sum = 0;
    float amplitude = loudest;
    double px = x * alongX - y * alongY;
    double py = x * alongY + y * alongX;
    for (int o = 0; o < octaves; o++) {
      sum += amplitude * octave(o, px, py);
      // All further octaves together add less than the amplitude of this one.
      if (Math.abs(sum - threshold) > amplitude) {
        break;
      }
      amplitude *= 0.5f;
      double qx = 1.6 * px - 1.2 * py;
      py = 1.2 * px + 1.6 * py;
      px = qx;
    }
    return sum > threshold;
  }

  /** Ridged octaves in [0, 1]: crests where the noise crosses zero, finer ones upon the crests. */
  float ridges(double x, double y) {
    float sum = 0;
    float amplitude = loudest;
    float weight = 1;
    double px = x * alongX - y * alongY;
    double py = x * alongY + y * alongX;
    for (int o = 0; o < octaves; o++) {
      float crest = 1 - Math.abs(octave(o, px, py));
      crest *= crest * weight;
      sum += amplitude * crest;
      // Musgrave's ridged multifractal: valleys stay smooth (Ebert et al., Texturing and Modeling).
      weight = Math.min(1, 2.2f * crest);
      amplitude *= 0.4f;
      double qx = 1.6 * px - 1.2 * py;
      py = 1.2 * px + 1.6 * py;
      px = qx;
    }
    return sum;
  }

  private float octave(int o, double x, double y) {
    // Casts and comparisons are faster here than Math.floor.
    long ix = (long) x;
    ix = x < ix ? ix - 1 : ix;
    long iy = (long) y;
    iy = y < iy ? iy - 1 : iy;
    int c = 4 * o;
    if (ix != cellX[o] || iy != cellY[o]) {
      enter(o, ix, iy);
    }
    float fx = Noise.smooth((float) (x - ix));
    float fy = Noise.smooth((float) (y - iy));
    float top = corners[c] + (corners[c + 1] - corners[c]) * fx;
    float bottom = corners[c + 2] + (corners[c + 3] - corners[c + 2]) * fx;
    return 2 * (top + (bottom - top) * fy) - 1;
  }

  private void enter(int o, long ix, long iy) {
    int c = 4 * o;
    if (ix == cellX[o] + 1 && iy == cellY[o]) {
      corners[c] = corners[c + 1];
      corners[c + 2] = corners[c + 3];
    } else {
      corners[c] = Noise.unit(Noise.hash(seed + o, ix, iy));
      corners[c + 2] = Noise.unit(Noise.hash(seed + o, ix, iy + 1));
    }
    corners[c + 1] = Noise.unit(Noise.hash(seed + o, ix + 1, iy));
    corners[c + 3] = Noise.unit(Noise.hash(seed + o, ix + 1, iy + 1));
    cellX[o] = ix;
    cellY[o] = iy;
  }
}
