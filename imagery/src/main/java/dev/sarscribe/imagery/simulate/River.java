package dev.sarscribe.imagery.simulate;

/**
 * A meandering river: a line through a point, bent sideways by smooth noise along its length.
 *
 * @param angle of the line from +x towards +y in radians
 * @param widthM mean width
 * @param bendM how far it strays from the line
 * @param bendLengthM over which length it does
 * @param sandAbove noise above this is a sandbank; 1 for none
 */
record River(
    long seed,
    double x,
    double y,
    double angle,
    double widthM,
    double bendM,
    double bendLengthM,
    double sandAbove) {
  private static final double NEAR_M = 50;

  /** The river runs at most this much longer than its line, even in its bends. */
  private static final double STEEPEST = 3;

  /** Distance of a point to the bank in metres, negative within the water. */
  double toBank(double px, double py, double cos, double sin) {
    double along = (px - x) * cos + (py - y) * sin;
    double across = (py - y) * cos - (px - x) * sin;
    // Beyond every bend, or far from this one: the exact distance matters at the bank only.
    double least = Math.abs(across) - bendM - 0.9 * widthM;
    if (least > NEAR_M) {
      return least;
    }
    double aside = Math.abs(across - offset(along));
    if (aside > STEEPEST * (0.9 * widthM + NEAR_M)) {
      return aside / STEEPEST - 0.9 * widthM;
    }
    double slope = (offset(along + 15) - offset(along - 15)) / 30;
    double distance = aside / Math.sqrt(1 + slope * slope);
    return distance - halfWidth(along);
  }

  /** Half the width at a distance along the line. */
  double halfWidth(double along) {
    return widthM / 2 * (1 + 0.8 * Noise.fbm(seed + 7, along / bendLengthM * 2.5, 0.5, 3));
  }

  /** How far the middle of the river lies beside the line. */
  double offset(double along) {
    return bendM * Noise.fbm(seed, along / bendLengthM, 0.5, 3);
  }

  /** The direction of the current at a distance along the line. */
  double directionAt(double along) {
    return angle + Math.atan((offset(along + 30) - offset(along - 30)) / 60);
  }
}
