package dev.sarscribe.imagery.simulate;

/**
 * Built-up land: districts of street grids with houses, works, malls and parks on their blocks. At
 * coarse spacing a lot is a level with a bright tail; at fine spacing houses have walls that shine
 * towards the radar and shadows. Not thread-safe.
 */
final class Town {
  private static final double DISTRICT_M = 1900;

  /** Coarser than this, houses are not resolved. */
  private static final double HOUSE_SPACING_M = 6;

  /** Noise above this is industry and commerce: large lots, bright roofs, dark yards. */
  private static final float WORKS_ABOVE = 0.13f;

  private final double spacing;
  private final District district;
  private final RowNoise density;
  private final Fractal works;
  private final Fractal pavement;
  private final Fractal lawns;

  Town(long seed, double spacing, double grain) {
    this.spacing = spacing;
    district = new District(seed + 601, grain);
    density = new RowNoise(new Fractal(seed + 64, 4, 2600)::at, 60);
    works = new Fractal(seed + 68, 4, 2200);
    pavement = new Fractal(seed + 62, 2, 40);
    lawns = new Fractal(seed + 63, 3, 70);
  }

  void pixel(Canvas canvas, int i, double x, double y) {
    district.locate(x, y, DISTRICT_M);
    if (district.edgeM < 7) {
      street(canvas, i, x, y);
      return;
    }
    double blockU = 150 + 130 * Noise.unit(district.id);
    double blockV = 70 + 50 * Noise.lowUnit(district.id);
    double u = district.u(x, y);
    double v = district.v(x, y);
    long bu = (long) Math.floor(u / blockU);
    long bv = (long) Math.floor(v / blockV);
    double localU = u - bu * blockU;
    double localV = v - bv * blockV;
    double avenue = bu % 5 == 0 ? 24 : 8;
    double lane = bv % 9 == 0 ? 24 : 7;
    if (localU < avenue || localV < lane) {
      street(canvas, i, x, y);
      return;
    }
    // Works spread over whole blocks: the noise is asked at the corner of the block.
    double cornerX = x - localU * district.cos + localV * district.sin;
    double cornerY = y - localU * district.sin - localV * district.cos;
    float industry = works.at(cornerX, cornerY);
    long block = Noise.hash(district.id, bu, bv);
    if (Noise.unit(block) < (industry > WORKS_ABOVE ? 0.07f : 0.02f)) {
      park(canvas, i, x, y);
    } else {
      lot(canvas, i, x, y, localU - avenue, localV - lane, industry > WORKS_ABOVE, block);
    }
  }

  private void street(Canvas canvas, int i, double x, double y) {
    float asphalt = Ground.db(-14 + 3 * pavement.at(x, y));
    canvas.set(i, asphalt, asphalt * 0.14f, LandCover.URBAN);
  }

  private void park(Canvas canvas, int i, double x, double y) {
    float lawn = Ground.db(-11.5f + 5 * lawns.at(x, y));
    canvas.set(i, lawn, lawn * 0.2f, LandCover.URBAN);
  }

  private void lot(
      Canvas canvas, int i, double x, double y, double u, double v, boolean large, long block) {
    double lotU = (large ? 48 : 14) * (1 + 0.8 * Noise.lowUnit(block >> 7));
    double lotV = (large ? 36 : 17) * (1 + 0.8 * Noise.lowUnit(block >> 13));
    long lot = Noise.hash(block, (long) Math.floor(u / lotU), (long) Math.floor(v / lotV));
    // Walls across the line of sight form strong dihedrals: districts facing the radar are bright.
    float levelDb = 4.5f * district.facing() - 1 + 8 * density.at(x, y);
    float strength = levelDb + (large ? 1 + 3.2f * Noise.normal(lot) : 2.4f * Noise.normal(lot));
    if (large) {
      // Loading docks, plant on the roof, parked lorries: the lot is not of one level.
      strength += 2.4f * Noise.normal(Noise.hash(lot, (long) (u / 17), (long) (v / 12)));
    }
    float meanDb =
        spacing > HOUSE_SPACING_M
            ? Math.min(16, -8 + strength + glint(lot, large))
            : houseDb(x, y, u, v, lotU, lotV, strength, block, lot);
    float mean = Ground.db(meanDb);
    canvas.set(i, mean, mean * (0.12f + 0.16f * Noise.lowUnit(lot)), LandCover.URBAN);
  }

  /** A few roofs and corners shine far above the others. */
  private static float glint(long lot, boolean large) {
    float chance = Noise.unit(lot * 31);
    float share = large ? 0.03f : 0.006f;
    return chance < share ? 8 + 6 * chance / share : 0;
  }

  private float houseDb(
      double x,
      double y,
      double u,
      double v,
      double lotU,
      double lotV,
      float strength,
      long block,
      long lot) {
    boolean inside = inBuilding(u, v, lotU, lotV, block);
    double wall = Math.max(2.4, spacing * 0.8);
    double du = district.cos * wall;
    double dv = -district.sin * wall;
    if (inside && !inBuilding(u - du, v - dv, lotU, lotV, block)) {
      return Math.min(14, 2.5f + strength);
    }
    if (inside) {
      long roof = Noise.hash(lot, (long) (u / 2), (long) (v / 2));
      return -10 + 0.5f * strength + 2.5f * Noise.normal(roof);
    }
    if (inBuilding(u - 3 * du, v - 3 * dv, lotU, lotV, block)) {
      return -19;
    }
    return -12.5f + 4 * lawns.at(5 * x, 5 * y);
  }

  private static boolean inBuilding(double u, double v, double lotU, double lotV, long block) {
    long iu = (long) Math.floor(u / lotU);
    long iv = (long) Math.floor(v / lotV);
    long lot = Noise.hash(block, iu, iv);
    double inU = u / lotU - iu;
    double inV = v / lotV - iv;
    double wide = 0.25 + 0.55 * Noise.unit(lot);
    double deep = 0.3 + 0.5 * Noise.lowUnit(lot);
    double startU = (1 - wide) * Noise.lowUnit(lot >> 11);
    return (lot & 0x70) != 0
        && inU > startU
        && inU < startU + wide
        && inV > 0.12
        && inV < 0.12 + deep;
  }
}
