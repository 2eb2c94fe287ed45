package dev.sarscribe.imagery.simulate;

/**
 * Repeatable noise: every value is a function of a seed and a coordinate alone, so a pixel is the
 * same whichever band it is computed in and by whichever thread.
 */
final class Noise {
  private static final int NORMAL_BITS = 14;
  private static final float[] NORMAL = normalQuantiles();

  private Noise() {}

  /** Mixes a seed and two integers to 64 well-spread bits (the finaliser of MurmurHash3). */
  static long hash(long seed, long x, long y) {
    long h = seed + x * 0x9E3779B97F4A7C15L + y * 0xC2B2AE3D27D4EB4FL;
    h = (h ^ (h >>> 33)) * 0xFF51AFD7ED558CCDL;
    h = (h ^ (h >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return h ^ (h >>> 33);
  }

  /** The upper bits of a hash as a number in [0, 1). */
  static float unit(long hash) {
    return (hash >>> 40) * 0x1p-24f;
  }

  /** The lower bits of a hash as a number in [0, 1), independent of {@link #unit}. */
  static float lowUnit(long hash) {
    return (hash & 0xFFFFFF) * 0x1p-24f;
  }

  /** A standard normal deviate from the upper bits of a hash. */
  static float normal(long hash) {
    return NORMAL[(int) (hash >>> (64 - NORMAL_BITS))];
  }

  /** A second standard normal deviate from a hash, independent of {@link #normal}. */
  static float otherNormal(long hash) {
    return NORMAL[(int) (hash >>> (64 - 2 * NORMAL_BITS)) & ((1 << NORMAL_BITS) - 1)];
  }

  /** Value noise in [-1, 1] with one lattice point per unit of x and y. */
  static float value(long seed, double x, double y) {
    double floorX = Math.floor(x);
    double floorY = Math.floor(y);
    long ix = (long) floorX;
    long iy = (long) floorY;
    float fx = smooth((float) (x - floorX));
    float fy = smooth((float) (y - floorY));
    float a = unit(hash(seed, ix, iy));
    float b = unit(hash(seed, ix + 1, iy));
    float c = unit(hash(seed, ix, iy + 1));
    float d = unit(hash(seed, ix + 1, iy + 1));
    float top = a + (b - a) * fx;
    float bottom = c + (d - c) * fx;
    return 2 * (top + (bottom - top) * fy) - 1;
  }

  /** Octaves of value noise, each of half the amplitude and wavelength of the one before. */
  static float fbm(long seed, double x, double y, int octaves) {
    float sum = 0;
    float amplitude = 0.5f;
    double px = x;
    double py = y;
    for (int o = 0; o < octaves; o++) {
      sum += amplitude * value(seed + o, px, py);
      amplitude *= 0.5f;
      // A rotation between octaves hides the lattice.
      double qx = 1.6 * px - 1.2 * py;
      py = 1.2 * px + 1.6 * py;
      px = qx;
    }
    return sum;
  }

  /** The cubic that eases from 0 to 1. */
  static float smooth(float t) {
    return t * t * (3 - 2 * t);
  }

  /** Standard normal quantiles at equal steps of probability, by integrating the density. */
  private static float[] normalQuantiles() {
    int n = 1 << NORMAL_BITS;
    float[] table = new float[n];
    double step = 1e-4;
    double cumulated = 0;
    double z = -6;
    for (int i = 0; i < n; i++) {
      double target = (i + 0.5) / n;
      while (cumulated < target && z < 6) {
        double middle = z + step / 2;
        cumulated += Math.exp(-middle * middle / 2) / Math.sqrt(2 * Math.PI) * step;
        z += step;
      }
      table[i] = (float) z;
    }
    return table;
  }
}
