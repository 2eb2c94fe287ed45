package dev.sarscribe.imagery.simulate;

/**
 * A rotated rectangle in metres.
 *
 * @param angle of its long axis from +x towards +y in radians
 */
record OrientedBox(double x, double y, double lengthM, double widthM, double angle) {
  /** The box of a straight stroke between two points. */
  static OrientedBox stroke(double x0, double y0, double x1, double y1, double widthM) {
    return new OrientedBox(
        (x0 + x1) / 2,
        (y0 + y1) / 2,
        Math.hypot(x1 - x0, y1 - y0),
        widthM,
        Math.atan2(y1 - y0, x1 - x0));
  }

  /** Half of the extent along x. */
  double halfX() {
    return (Math.abs(Math.cos(angle)) * lengthM + Math.abs(Math.sin(angle)) * widthM) / 2;
  }

  /** Half of the extent along y. */
  double halfY() {
    return (Math.abs(Math.sin(angle)) * lengthM + Math.abs(Math.cos(angle)) * widthM) / 2;
  }
}
