package dev.sarscribe.imagery.geo;

/**
 * A ground control point: the WGS84 position of a pixel coordinate. Pixel coordinates are
 * continuous, (0, 0) being the outer corner of the first pixel.
 *
 * @param x column coordinate in pixels
 * @param y row coordinate in pixels
 * @param lon longitude in degrees
 * @param lat latitude in degrees, -90 to 90
 */
public record Gcp(double x, double y, double lon, double lat) {
  public Gcp {
    boolean finite = Double.isFinite(x) && Double.isFinite(y) && Double.isFinite(lon);
    if (!finite || !(Math.abs(lat) <= 90) || Math.abs(lon) > 540) {
      throw new IllegalArgumentException(
          "no control point: %s, %s at lon %s, lat %s".formatted(x, y, lon, lat));
    }
  }
}
