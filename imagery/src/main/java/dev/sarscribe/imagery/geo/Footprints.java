package dev.sarscribe.imagery.geo;

import dev.sarscribe.imagery.Window;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.locationtech.jts.algorithm.Orientation;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.overlayng.OverlayNG;
import org.locationtech.jts.operation.overlayng.OverlayNGRobust;

/**
 * Footprints of windows in WGS84, as GeoJSON. On the ellipsoid: where a product's geolocation knows
 * no terrain, footprints over hills are off by as much. Static, thread-safe.
 */
public final class Footprints {
  private static final GeometryFactory GEOMETRY = new GeometryFactory();
  private static final int MAX_SEGMENTS = 8;

  /** An edge of 512 pixels bends by less than a pixel; longer ones get a vertex per so many. */
  private static final int PIXELS_PER_SEGMENT = 1024;

  /** Semi-major axis and squared eccentricity of WGS84. */
  private static final double AXIS_M = 6_378_137.0;

  private static final double ECCENTRICITY_2 = 6.694379990141316e-3;

  private Footprints() {}

  /** Position of a window's centre. */
  public static LonLat centre(Geolocation geolocation, Window w) {
    return geolocation.locate(w.x() + w.width() / 2.0, w.y() + w.height() / 2.0);
  }

  /**
   * The outline of a window as a GeoJSON Polygon, counter-clockwise, with extra vertices on long
   * edges; a MultiPolygon if it crosses the antimeridian. Seven decimals, about a centimetre.
   */
  public static String geoJson(Geolocation geolocation, Window w) {
    List<Coordinate> ring = unwrapped(outline(geolocation, w));
    Polygon whole = GEOMETRY.createPolygon(ring.toArray(new Coordinate[0]));
    List<Polygon> parts = splitAtAntimeridian(whole);
    StringBuilder json = new StringBuilder("{\"type\":\"");
    json.append(parts.size() == 1 ? "Polygon" : "MultiPolygon").append("\",\"coordinates\":");
    if (parts.size() > 1) {
      json.append('[');
    }
    for (int i = 0; i < parts.size(); i++) {
      append(json.append(i == 0 ? "" : ","), parts.get(i));
    }
    return json.append(parts.size() > 1 ? "]}" : "}").toString();
  }

  /** Ground distance in metres of one column and one row at a pixel coordinate. */
  public static double[] spacingM(Geolocation geolocation, double x, double y) {
    return new double[] {
      distanceM(geolocation.locate(x - 0.5, y), geolocation.locate(x + 0.5, y)),
      distanceM(geolocation.locate(x, y - 0.5), geolocation.locate(x, y + 0.5))
    };
  }

  /** Distance of two nearby positions by the ellipsoid's radii of curvature between them. */
  static double distanceM(LonLat a, LonLat b) {
    double lat = Math.toRadians((a.lat() + b.lat()) / 2);
    double s = Math.sin(lat);
    double w = Math.sqrt(1 - ECCENTRICITY_2 * s * s);
    double north = AXIS_M * (1 - ECCENTRICITY_2) / (w * w * w);
    double east = AXIS_M / w * Math.cos(lat);
    double dLon = Math.toRadians(Longitudes.wrap(b.lon() - a.lon()));
    return Math.hypot(dLon * east, Math.toRadians(b.lat() - a.lat()) * north);
  }

  private static List<LonLat> outline(Geolocation g, Window w) {
    int across = Math.min(MAX_SEGMENTS, 1 + (w.width() - 1) / PIXELS_PER_SEGMENT);
    int down = Math.min(MAX_SEGMENTS, 1 + (w.height() - 1) / PIXELS_PER_SEGMENT);
    double x0 = w.x();
    double y0 = w.y();
    List<LonLat> points = new ArrayList<>();
    for (int i = 0; i < down; i++) {
      points.add(g.locate(x0, y0 + (double) w.height() * i / down));
    }
    for (int i = 0; i < across; i++) {
      points.add(g.locate(x0 + (double) w.width() * i / across, w.bottom()));
    }
    for (int i = down; i > 0; i--) {
      points.add(g.locate(w.right(), y0 + (double) w.height() * i / down));
    }
    for (int i = across; i > 0; i--) {
      points.add(g.locate(x0 + (double) w.width() * i / across, y0));
    }
    return points;
  }

  /**
   * A closed ring without jumps in longitude, which may leave [-180, 180]. A ring around a pole
   * does not close by itself: it is led along the pole.
   */
  private static List<Coordinate> unwrapped(List<LonLat> points) {
    List<Coordinate> ring = new ArrayList<>();
    double lon = points.get(0).lon();
    double latSum = 0;
    for (LonLat p : points) {
      lon = Longitudes.near(p.lon(), lon);
      latSum += p.lat();
      ring.add(new Coordinate(lon, p.lat()));
    }
    Coordinate first = ring.get(0);
    double end = Longitudes.near(first.x, lon);
    if (Math.abs(end - first.x) > 180) {
      double pole = latSum > 0 ? 90 : -90;
      ring.add(new Coordinate(end, first.y));
      ring.add(new Coordinate(end, pole));
      ring.add(new Coordinate(first.x, pole));
    }
    ring.add(new Coordinate(first));
    return ring;
  }

  private static List<Polygon> splitAtAntimeridian(Polygon whole) {
    Envelope box = whole.getEnvelopeInternal();
    if (box.getMinX() >= -180 && box.getMaxX() <= 180) {
      return List.of(whole);
    }
    List<Polygon> parts = new ArrayList<>();
    for (int turn = -1; turn <= 1; turn++) {
      double west = -180 + 360.0 * turn;
      Geometry world = GEOMETRY.toGeometry(new Envelope(west, west + 360, -90, 90));
      Geometry part = OverlayNGRobust.overlay(whole, world, OverlayNG.INTERSECTION);
      for (int i = 0; i < part.getNumGeometries(); i++) {
        if (part.getGeometryN(i) instanceof Polygon p && !p.isEmpty()) {
          for (Coordinate c : p.getExteriorRing().getCoordinates()) {
            c.x -= 360.0 * turn;
          }
          parts.add(p);
        }
      }
    }
    return parts.isEmpty() ? List.of(whole) : parts;
  }

  private static void append(StringBuilder json, Polygon polygon) {
    Coordinate[] ring = polygon.getExteriorRing().getCoordinates();
    boolean forward = Orientation.isCCW(ring);
    json.append("[[");
    for (int i = 0; i < ring.length; i++) {
      Coordinate c = ring[forward ? i : ring.length - 1 - i];
      json.append(i == 0 ? "[" : ",[").append(number(c.x)).append(',').append(number(c.y));
      json.append(']');
    }
    json.append("]]");
  }

  private static String number(double degrees) {
    BigDecimal rounded = BigDecimal.valueOf(degrees).setScale(7, RoundingMode.HALF_EVEN);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }
}
