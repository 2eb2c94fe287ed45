package dev.sarscribe.imagery.simulate;

/**
 * A meandering river: a line through a point, bent sideways by smooth noise along its length. Its
 * course is tabulated once, for the length of the scene. Immutable.
 */
final class River {
  /** Distance between the entries of the tables in metres. */
  private static final double STEP_M = 25;

  /** Beyond this from the bank the distance need not be exact. */
  private static final double NEAR_M = 50;

  /** The bed is never wider than this part of the mean width from its middle. */
  private static final double WIDEST = 0.9;

  private final Course course;
  private final double cos;
  private final double sin;
  private final double reachM;
  private final float[] offsets;
  private final float[] halfWidths;
  private final float[] stretches;

  /**
   * What a river is like.
   *
   * @param x of a point on its line in metres
   * @param y of that point
   * @param angle of the line from +x towards +y in radians
   * @param widthM mean width
   * @param bendM how far it strays from the line
   * @param bendLengthM over which length it does
   * @param sandAbove noise above this is a sandbank; 1 for none
   */
  record Course(
      long seed,
      double x,
      double y,
      double angle,
      double widthM,
      double bendM,
      double bendLengthM,
      double sandAbove) {}

  /**
   * Tabulates a course.
   *
   * @param reachM to both sides of its point, at least as far as the scene extends
   */
  River(Course course, double reachM) {
    this.course = course;
    this.reachM = reachM;
    cos = Math.cos(course.angle());
    sin = Math.sin(course.angle());
    int n = (int) (2 * reachM / STEP_M) + 3;
    offsets = new float[n];
    halfWidths = new float[n];
    stretches = new float[n];
    for (int i = 0; i < n; i++) {
      double turns = (i * STEP_M - reachM) / course.bendLengthM();
      float wide = Noise.fbm(course.seed() + 7, turns * 2.5, 0.5, 3);
      offsets[i] = (float) course.bendM() * Noise.fbm(course.seed(), turns, 0.5, 3);
      halfWidths[i] = (float) course.widthM() / 2 * (1 + 0.8f * wide);
    }
    for (int i = 0; i < n; i++) {
      int before = Math.max(0, i - 1);
      int after = Math.min(n - 1, i + 1);
      double slope = (offsets[after] - offsets[before]) / ((after - before) * STEP_M);
      stretches[i] = (float) Math.sqrt(1 + slope * slope);
    }
  }

  Course course() {
    return course;
  }

  /** Distance of a point to the bank in metres, negative within the water. */
  double toBank(double x, double y) {
    double across = (y - course.y()) * cos - (x - course.x()) * sin;
    double least = Math.abs(across) - course.bendM() - WIDEST * course.widthM();
    if (least > NEAR_M) {
      return least;
    }
    double along = along(x, y);
    return Math.abs(across - offset(along)) / at(stretches, along) - halfWidth(along);
  }

  /** How far along the line a point lies, in metres from the line's own point. */
  double along(double x, double y) {
    return (x - course.x()) * cos + (y - course.y()) * sin;
  }

  /** How far beside the middle of the river a point lies, in metres. */
  double aside(double x, double y) {
    return (y - course.y()) * cos - (x - course.x()) * sin - offset(along(x, y));
  }

  /** Half the width at a distance along the line. */
  double halfWidth(double along) {
    return at(halfWidths, along);
  }

  /** How far the middle of the river lies beside the line. */
  double offset(double along) {
    return at(offsets, along);
  }

  /** The direction of the current at a distance along the line. */
  double directionAt(double along) {
    return course.angle() + Math.atan((offset(along + 30) - offset(along - 30)) / 60);
  }

  private double at(float[] table, double along) {
    double steps = Math.max(0, Math.min(table.length - 1.001, (along + reachM) / STEP_M));
    int i = (int) steps;
    return table[i] + (table[i + 1] - table[i]) * (steps - i);
  }
}
