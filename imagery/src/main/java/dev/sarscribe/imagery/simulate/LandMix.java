package dev.sarscribe.imagery.simulate;

/**
 * How much of each land cover a kind of scene has. The thresholds are compared with noise whose
 * standard deviation is about 0.25: 1 is never, -1 always.
 *
 * @param urbanAbove noise above this is built up
 * @param forestAbove else, noise above this is forest
 * @param bareAbove else, noise above this is bare; the remainder is fields
 * @param lakeAbove noise above this is standing water
 * @param hillM height of the tallest hills, 0 for a plain
 * @param plains noise below this has no hills: -1 for hills everywhere
 */
record LandMix(
    double urbanAbove,
    double forestAbove,
    double bareAbove,
    double lakeAbove,
    double hillM,
    double plains) {
  static LandMix of(SceneKind kind) {
    return switch (kind) {
      case OPEN_SEA -> new LandMix(1, 1, 1, -1, 0, 1);
      case COAST -> new LandMix(-0.02, 0.12, 0.3, 0.62, 230, 0.02);
      case CITY -> new LandMix(-0.42, 0.2, 0.3, 0.6, 180, 0.15);
      case FARMLAND -> new LandMix(0.36, 0.3, 0.45, 0.58, 50, 0);
      case FOREST -> new LandMix(0.55, -0.22, 0.1, 0.5, 340, -1);
      case AIRPORT -> new LandMix(0.1, 0.25, 0.35, 1, 0, 1);
      case INDUSTRIAL -> new LandMix(-0.05, 0.25, 0.05, 1, 0, 1);
      case RIVER -> new LandMix(0.08, 0.12, 0.4, 1, 200, 0);
      case VEHICLE_PARK -> new LandMix(1, 0.3, 0.12, 1, 0, 1);
      case MIXED -> new LandMix(0.16, 0.1, 0.28, 0.55, 340, -0.1);
    };
  }
}
