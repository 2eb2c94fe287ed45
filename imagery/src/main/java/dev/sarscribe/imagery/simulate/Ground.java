package dev.sarscribe.imagery.simulate;

/**
 * Draws the land and sea beneath the objects, one pixel after the other along a row. Not
 * thread-safe: its noise remembers the last pixel; every band gets its own.
 */
final class Ground {
  private static final float[] DB = decibelTable();

  /** Banks of a river, overgrown or stony, are this wide. */
  private static final double BANK_M = 14;

  private final Terrain terrain;
  private final RangeTrend trend;
  private final double spacing;
  private final SeaState sea;
  private final Relief relief;
  private final Town town;
  private final Fields fields;
  private final River[] rivers;
  private final RowNoise ripples;
  private final Fractal crowns;
  private final Fractal stands;
  private final Fractal soils;

  Ground(SceneSpec spec, RangeTrend trend) {
    this.trend = trend;
    terrain = new Terrain(spec);
    sea = new SeaState(spec);
    relief = terrain.relief();
    spacing = spec.pixelSpacingM();
    long seed = spec.seed();
    double grain = Math.PI / 2 * Noise.unit(Noise.hash(seed, 7, 7));
    town = new Town(seed, spacing, grain);
    fields = new Fields(seed, spacing, grain);
    rivers = terrain.rivers.toArray(new River[0]);
    ripples = new RowNoise(new Fractal(seed + 21, 3, 1800)::at, 60);
    crowns = new Fractal(seed + 31, 1, 26);
    stands = new Fractal(seed + 34, 3, 260);
    soils = new Fractal(seed + 41, 4, 420);
  }

  /** Draws one row of the canvas, counted from its first. */
  void row(Canvas canvas, int r) {
    double y = (canvas.firstRow + r + 0.5) * spacing;
    int start = r * canvas.width;
    int firstLand = canvas.width;
    int lastLand = -1;
    for (int column = 0; column < canvas.width; column++) {
      pixel(canvas, start + column, (column + 0.5) * spacing, y);
      if (canvas.cover[start + column] != LandCover.WATER.code()) {
        firstLand = Math.min(firstLand, column);
        lastLand = column;
      }
    }
    float[] gains = relief.gains(y, firstLand, lastLand);
    for (int column = 0; column < canvas.width; column++) {
      int i = start + column;
      boolean wet = canvas.cover[i] == LandCover.WATER.code();
      float gain = wet ? trend.sea(column) : trend.land(column) * gains[column];
      canvas.vv[i] *= gain;
      canvas.vh[i] *= gain;
    }
  }

  private void pixel(Canvas canvas, int i, double x, double y) {
    if (terrain.isSea(x, y)) {
      sea(canvas, i, x, y);
      return;
    }
    for (River river : rivers) {
      double bank = river.toBank(x, y);
      if (bank < BANK_M) {
        river(canvas, i, x, y, river, bank);
        return;
      }
    }
    if (terrain.isLake(x, y)) {
      inlandWater(canvas, i, x, y);
      return;
    }
    switch (terrain.land(x, y)) {
      case URBAN -> town.pixel(canvas, i, x, y);
      case FOREST -> forest(canvas, i, x, y);
      case BARE -> bare(canvas, i, x, y);
      default -> fields.pixel(canvas, i, x, y);
    }
  }

  private void sea(Canvas canvas, int i, double x, double y) {
    float mean = db(sea.meanDb(x, y)) * sea.texture(x, y);
    canvas.set(i, mean, mean * sea.crossRatio(), LandCover.WATER);
  }

  private void river(Canvas canvas, int i, double x, double y, River river, double bank) {
    if (bank < 0 && river.course().sandAbove() < 1 && terrain.isSandbank(river, x, y)) {
      float sand = db(-12.5f + 5 * soils.at(3 * x, 3 * y));
      canvas.set(i, sand, sand * 0.14f, LandCover.BARE);
    } else if (bank < 0) {
      inlandWater(canvas, i, x, y);
    } else {
      float reeds = db(-9.5f + 5 * soils.at(4 * x, 4 * y));
      canvas.set(i, reeds, reeds * 0.2f, LandCover.BARE);
    }
  }

  private void inlandWater(Canvas canvas, int i, double x, double y) {
    float mean = db(-22 + 7 * ripples.at(x, y));
    canvas.set(i, mean, mean * 0.08f, LandCover.WATER);
  }

  private void forest(Canvas canvas, int i, double x, double y) {
    float texture = 2.2f * crowns.at(x, y) + 2.6f * stands.at(x, y);
    float mean = db(-8.6f + texture);
    canvas.set(i, mean, mean * 0.23f, LandCover.FOREST);
  }

  private void bare(Canvas canvas, int i, double x, double y) {
    float mean = db(-13 + 7 * soils.at(x, y));
    canvas.set(i, mean, mean * 0.13f, LandCover.BARE);
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
