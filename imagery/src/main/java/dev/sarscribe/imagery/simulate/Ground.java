package dev.sarscribe.imagery.simulate;

/**
 * Draws the land and sea beneath the objects, one pixel after the other along a row. Not
 * thread-safe: it remembers the district of the last pixel; every row gets its own.
 */
final class Ground {
  private static final float[] DB = decibelTable();

  private final Terrain terrain;
  private final SceneSpec spec;
  private final long seed;
  private final double spacing;
  private final SeaState sea;
  private final District district;
  private final double[] riverCos;
  private final double[] riverSin;

  Ground(Terrain terrain, SeaState sea) {
    this.terrain = terrain;
    this.sea = sea;
    spec = terrain.spec;
    seed = spec.seed();
    spacing = spec.pixelSpacingM();
    district = new District(seed + 601);
    riverCos = terrain.rivers.stream().mapToDouble(r -> Math.cos(r.angle())).toArray();
    riverSin = terrain.rivers.stream().mapToDouble(r -> Math.sin(r.angle())).toArray();
  }

  /** Draws one row of the canvas, counted from its first. */
  void row(Canvas canvas, int r) {
    double y = (canvas.firstRow + r + 0.5) * spacing;
    for (int column = 0; column < canvas.width; column++) {
      pixel(canvas, r * canvas.width + column, (column + 0.5) * spacing, y);
    }
  }

  private void pixel(Canvas canvas, int i, double x, double y) {
    if (terrain.isSea(x, y)) {
      sea(canvas, i, x, y);
      return;
    }
    double bank = toRiver(x, y);
    if (bank < 0 || terrain.isLake(x, y)) {
      inlandWater(canvas, i, x, y);
      return;
    }
    if (bank < 12) {
      float reeds = db(-9.5f);
      canvas.set(i, reeds, reeds * 0.2f, LandCover.BARE);
      return;
    }
    switch (terrain.land(x, y)) {
      case URBAN -> urban(canvas, i, x, y);
      case FOREST -> forest(canvas, i, x, y);
      case BARE -> bare(canvas, i, x, y);
      default -> field(canvas, i, x, y);
    }
  }

  private double toRiver(double x, double y) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int r = 0; r < riverCos.length; r++) {
      nearest = Math.min(nearest, terrain.rivers.get(r).toBank(x, y, riverCos[r], riverSin[r]));
    }
    return nearest;
  }

  private void sea(Canvas canvas, int i, double x, double y) {
    float mean = db(sea.meanDb(x, y)) * sea.texture(x, y);
    canvas.set(i, mean, mean * sea.crossRatio(), LandCover.WATER);
  }

  private void inlandWater(Canvas canvas, int i, double x, double y) {
    float mean = db(-22.5f + 2.5f * Noise.value(seed + 21, x / 900, y / 900));
    canvas.set(i, mean, mean * 0.16f, LandCover.WATER);
  }

  private void forest(Canvas canvas, int i, double x, double y) {
    float texture =
        1.6f * Noise.value(seed + 31, x / 14, y / 14)
            + 1.6f * Noise.fbm(seed + 32, x / 160, y / 160, 3);
    float mean = db(-8.3f + texture + terrain.reliefDb(x, y));
    canvas.set(i, mean, mean * 0.24f, LandCover.FOREST);
  }

  private void bare(Canvas canvas, int i, double x, double y) {
    float texture = 4 * Noise.fbm(seed + 41, x / 260, y / 260, 5);
    float mean = db(-14.5f + texture + terrain.reliefDb(x, y));
    canvas.set(i, mean, mean * 0.12f, LandCover.BARE);
  }

  private void field(Canvas canvas, int i, double x, double y) {
    district.locate(x, y, 2600);
    double u = district.u(x, y) + 25 * Noise.value(seed + 51, x / 700, y / 700);
    double v = district.v(x, y) + 25 * Noise.value(seed + 52, x / 700, y / 700);
    double plotU = 380 + 240 * Noise.unit(district.id);
    double plotV = 240 + 160 * Noise.lowUnit(district.id);
    long pu = (long) Math.floor(u / plotU);
    v += plotV * Noise.unit(Noise.hash(district.id, pu, 1));
    long pv = (long) Math.floor(v / plotV);
    long split = Noise.hash(district.id, pu, pv);
    int strips = 1 + (int) (split & 3);
    double alongU = (u / plotU - pu) * strips;
    int strip = (int) alongU;
    long plot = Noise.hash(split, strip, 3);
    double edge =
        Math.min(
            Math.min(alongU - strip, strip + 1 - alongU) * plotU / strips,
            Math.min(v / plotV - pv, pv + 1 - v / plotV) * plotV);
    float vvDb = -12.2f + 2.3f * Noise.normal(plot) + terrain.reliefDb(x, y);
    float vhDb = vvDb - 7.5f + 2 * Noise.lowUnit(plot);
    if (edge < 5) {
      float shift = (plot & 0x100) == 0 ? 3.5f : -3;
      vvDb += shift;
      vhDb += shift;
    }
    float rows = rows(u, v, plot) + 0.8f * Noise.value(seed + 53, x / 45, y / 45);
    canvas.set(i, db(vvDb + rows), db(vhDb + rows), LandCover.FIELD);
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

  private void urban(Canvas canvas, int i, double x, double y) {
    district.locate(x, y, 1500);
    if (district.edgeM < 9) {
      street(canvas, i, x, y);
      return;
    }
    double blockU = 160 + 120 * Noise.unit(district.id);
    double blockV = 75 + 45 * Noise.lowUnit(district.id);
    double u = district.u(x, y);
    double v = district.v(x, y);
    long bu = (long) Math.floor(u / blockU);
    long bv = (long) Math.floor(v / blockV);
    double localU = u - bu * blockU;
    double localV = v - bv * blockV;
    double avenue = bu % 6 == 0 ? 13 : 7;
    double lane = bv % 8 == 0 ? 13 : 6.5;
    if (localU < avenue || localV < lane) {
      street(canvas, i, x, y);
      return;
    }
    long block = Noise.hash(district.id, bu, bv);
    float use = Noise.unit(block);
    if (use < 0.05f) {
      float lawn = db(-11.5f + Noise.value(seed + 61, x / 30, y / 30));
      canvas.set(i, lawn, lawn * 0.2f, LandCover.URBAN);
      return;
    }
    boolean works = use > 0.93f || Noise.unit(district.id >> 5) > 0.84f;
    buildings(canvas, i, x, y, localU - avenue, localV - lane, works, block);
  }

  private void street(Canvas canvas, int i, double x, double y) {
    float asphalt = db(-13.5f + 1.5f * Noise.value(seed + 62, x / 20, y / 20));
    canvas.set(i, asphalt, asphalt * 0.14f, LandCover.URBAN);
  }

  private void buildings(
      Canvas canvas, int i, double x, double y, double u, double v, boolean works, long block) {
    double lotU = (works ? 52 : 15) * (1 + 0.8 * Noise.lowUnit(block >> 7));
    double lotV = (works ? 38 : 18) * (1 + 0.8 * Noise.lowUnit(block >> 13));
    long lot = Noise.hash(block, (long) Math.floor(u / lotU), (long) Math.floor(v / lotV));
    // Walls across the line of sight form strong dihedrals: districts facing the radar are bright.
    float facing = 7 * district.facing() - 2;
    float strength = (works ? 3.2f : 0) + facing + 3.2f * Noise.normal(lot);
    if (spacing > 6) {
      float mean = db(Math.min(9, -7.5f + strength));
      canvas.set(i, mean, mean * 0.22f, LandCover.URBAN);
      return;
    }
    boolean inside = inBuilding(u, v, lotU, lotV, block);
    double wall = Math.max(2.4, spacing * 0.8);
    double du = district.cos * wall;
    double dv = -district.sin * wall;
    float meanDb;
    if (inside && !inBuilding(u - du, v - dv, lotU, lotV, block)) {
      meanDb = Math.min(14, 2.5f + strength);
    } else if (inside) {
      meanDb = -9.5f + 0.5f * strength + 2.5f * Noise.normal(Noise.hash(lot, (long) u, (long) v));
    } else if (inBuilding(u - 3 * du, v - 3 * dv, lotU, lotV, block)) {
      meanDb = -19;
    } else {
      meanDb = -12 + 2 * Noise.value(seed + 63, x / 7, y / 7);
    }
    float mean = db(meanDb);
    canvas.set(i, mean, mean * 0.2f, LandCover.URBAN);
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

  /** Decibels to linear by table, -45 to +25 dB in steps of 0.05. */
  static float db(float decibels) {
    int i = Math.round((decibels + 45) * 20);
    return DB[Math.max(0, Math.min(DB.length - 1, i))];
  }

  private static float[] decibelTable() {
    float[] table = new float[1401];
    for (int i = 0; i < table.length; i++) {
      table[i] = Backscatter.linear(i / 20.0 - 45);
    }
    return table;
  }
}
