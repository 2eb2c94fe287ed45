package dev.sarscribe.imagery.simulate;

/**
 * Farmland: a patchwork of plots, each with its crop, its seed rows and its edge, in parishes that
 * each have a direction. Not thread-safe.
 */
final class Fields {
  private static final double PARISH_M = 2600;
  private static final double EDGE_M = 6;

  private final double spacing;
  private final District parish;
  private final RowNoise bendU;
  private final RowNoise bendV;
  private final Fractal growth;
  private final RowNoise soil;

  Fields(long seed, double spacing, double grain) {
    this.spacing = spacing;
    parish = new District(seed + 606, grain + 0.3);
    bendU = new RowNoise(new Fractal(seed + 51, 2, 1100)::at, 60);
    bendV = new RowNoise(new Fractal(seed + 54, 2, 1100)::at, 60);
    growth = new Fractal(seed + 57, 2, 130);
    soil = new RowNoise(new Fractal(seed + 60, 3, 1400)::at, 60);
  }

  void pixel(Canvas canvas, int i, double x, double y) {
    parish.locate(x, y, PARISH_M);
    double u = parish.u(x, y) + 160 * bendU.at(x, y);
    double v = parish.v(x, y) + 160 * bendV.at(x, y);
    double plotU = 240 + 420 * Noise.unit(parish.id);
    double plotV = 150 + 330 * Noise.lowUnit(parish.id);
    long pu = (long) Math.floor(u / plotU);
    v += plotV * Noise.unit(Noise.hash(parish.id, pu, 1));
    long pv = (long) Math.floor(v / plotV);
    long split = Noise.hash(parish.id, pu, pv);
    // Half of the plots are whole, the others are cut into strips of uneven widths.
    int strips = (split & 4) == 0 ? 1 : 2 + (int) (split >>> 62);
    double inU = u / plotU - pu;
    double warped = inU + 0.12 * (inU - inU * inU) * ((split & 1) == 0 ? 2.5 : -2.5);
    double alongU = warped * strips;
    int strip = (int) alongU;
    long plot = Noise.hash(split, strip, 3);
    double edge =
        Math.min(
            Math.min(alongU - strip, strip + 1 - alongU) * plotU / strips,
            Math.min(v / plotV - pv, pv + 1 - v / plotV) * plotV);
    float vvDb = -11.8f + 2.1f * Noise.normal(plot) + 3 * soil.at(x, y);
    float vhDb = vvDb - 8 + 2.5f * Noise.lowUnit(plot);
    if (edge < EDGE_M) {
      // A hedge or a row of trees stands out, a lane or a ditch does not.
      float shift = (plot & 0x300) == 0 ? 3.5f : (plot & 0x100) == 0 ? -2.5f : 0;
      vvDb += shift;
      vhDb += shift;
    }
    float texture = rows(u, v, plot) + 2.4f * growth.at(x, y);
    canvas.set(i, Ground.db(vvDb + texture), Ground.db(vhDb + texture), LandCover.FIELD);
  }

  /** Tramlines and seed rows in decibels, where the pixels are fine enough to show them. */
  private float rows(double u, double v, long plot) {
    double period = 14 + 16 * Noise.lowUnit(plot >> 3);
    if (period < 4 * spacing) {
      return 0;
    }
    double across = (plot & 0x200) == 0 ? u : v;
    return 0.9f * (float) Math.sin(2 * Math.PI * across / period);
  }
}
