package dev.sarscribe.imagery.simulate;

/**
 * Linear σ⁰ per polarization. Typical values at C-band are after Ulaby and Dobson, Handbook of
 * Radar Scattering Statistics for Terrain (1989), at 35 to 40 degrees of incidence.
 */
record Backscatter(float vv, float vh) {
  /** From decibels. */
  static Backscatter ofDb(double vvDb, double vhDb) {
    return new Backscatter(linear(vvDb), linear(vhDb));
  }

  /** A man-made structure: the cross-polarized part is 7 dB weaker. */
  static Backscatter structure(double vvDb) {
    return ofDb(vvDb, vvDb - 7);
  }

  static float linear(double db) {
    return (float) Math.pow(10, db / 10);
  }
}
