package dev.sarscribe.imagery.geo;

/** Arithmetic on longitudes in degrees. */
final class Longitudes {
  private Longitudes() {}

  /** The same meridian in [-180, 180). */
  static double wrap(double lon) {
    if (lon >= -180 && lon < 180) {
      return lon;
    }
    double turned = (lon + 180) % 360;
    return (turned < 0 ? turned + 360 : turned) - 180;
  }

  /** The same meridian within half a turn of a reference. */
  static double near(double lon, double reference) {
    return reference + wrap(lon - reference);
  }
}
