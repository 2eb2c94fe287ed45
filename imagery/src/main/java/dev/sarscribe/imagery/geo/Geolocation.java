package dev.sarscribe.imagery.geo;

/**
 * Maps a scene's pixel coordinates to WGS84. Coordinates are continuous: (0, 0) is the outer corner
 * of the first pixel, (0.5, 0.5) its centre. Thread-safe.
 */
@FunctionalInterface
public interface Geolocation {
  /** Longitude and latitude in degrees of a pixel coordinate; longitudes in [-180, 180). */
  LonLat locate(double x, double y);
}
