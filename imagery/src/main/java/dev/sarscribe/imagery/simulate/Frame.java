package dev.sarscribe.imagery.simulate;

/** An object's own axes: {@code along} its heading and {@code across}, to its right on screen. */
record Frame(double x, double y, double heading) {
  double x(double along, double across) {
    return x + along * Math.cos(heading) - across * Math.sin(heading);
  }

  double y(double along, double across) {
    return y + along * Math.sin(heading) + across * Math.cos(heading);
  }

  /** A rectangle in these axes. */
  OrientedBox box(double along, double across, double lengthM, double widthM) {
    return new OrientedBox(x(along, across), y(along, across), lengthM, widthM, heading);
  }

  /** A straight stroke in these axes. */
  OrientedBox stroke(double a0, double c0, double a1, double c1, double widthM) {
    return OrientedBox.stroke(x(a0, c0), y(a0, c0), x(a1, c1), y(a1, c1), widthM);
  }

  /** A point target in these axes. */
  void point(Brush brush, double along, double across, Backscatter peak) {
    brush.point(x(along, across), y(along, across), peak);
  }

  /** +1 if the side at positive {@code across} faces the radar at -x, else -1. */
  int sideTowardsRadar() {
    return Math.sin(heading) > 0 ? 1 : -1;
  }
}
