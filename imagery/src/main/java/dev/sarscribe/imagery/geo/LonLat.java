package dev.sarscribe.imagery.geo;

/** A WGS84 position in degrees. */
public record LonLat(double lon, double lat) {
  /** Whether there is such a place: a projection has none for what lies outside its domain. */
  public boolean isOnEarth() {
    return Double.isFinite(lon) && Math.abs(lat) <= 90;
  }
}
