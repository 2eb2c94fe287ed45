package dev.sarscribe.imagery.geo;

/** A WGS84 position in degrees. */
public record LonLat(double lon, double lat) {}
