package dev.sarscribe.imagery.geo;

import dev.sarscribe.imagery.Window;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.locationtech.jts.algorithm.Orientation;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.PrecisionModel;
import org.locationtech.jts.operation.overlayng.OverlayNG;

/**
 * Footprints of windows in WGS84, as GeoJSON. On the ellipsoid: where a product's geolocation knows
 * no terrain, footprints over hills are off by as much. Static, thread-safe.
 */
public final class Footprints {
  private static final GeometryFactory GEOMETRY = new GeometryFactory();

  /** Seven decimals: cut and joined on the grid that is printed, a polygon is valid as printed. */
  private static final PrecisionModel PRINTED = new PrecisionModel(1e7);

  private static final int MAX_SEGMENTS = 8;

  /** Longer edges get a vertex per so many pixels, however straight they are. */
  private static final int PIXELS_PER_SEGMENT = 1024;

  /** Halvings of a segment that bends more, as near a pole. */
  private static final int MAX_BENDS = 6;

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
   * and bent edges; a MultiPolygon if it crosses the antimeridian. Seven decimals, about a
   * centimetre. Empty if a part of the outline has no place on Earth, as outside a projection's
   * domain, or if it crosses itself, as senseless control points make it.
   */
  public static Optional<String> geoJson(Geolocation geolocation, Window w) {
    List<LonLat> outline = outline(geolocation, w);
    if (!outline.stream().allMatch(LonLat::isOnEarth)) {
      return Optional.empty();
    }
    Coordinate[] ring = unwrapped(outline).toArray(new Coordinate[0]);
    List<Polygon> parts = splitAtAntimeridian(GEOMETRY.createPolygon(ring));
    return parts.isEmpty() ? Optional.empty() : Optional.of(json(parts));
  }

  /**
   * The parts of a scene's outline as GeoJSON in the same form. Each part is a ring that is not
   * closed by repeating its first vertex; between two vertices it runs the shorter way around the
   * Earth, so a ring may cross the antimeridian. Empty if a vertex has no place on Earth or a ring
   * crosses itself.
   */
  public static Optional<String> geoJson(List<List<LonLat>> rings) {
    List<Polygon> parts = new ArrayList<>();
    for (List<LonLat> ring : rings) {
      if (ring.size() < 3 || !ring.stream().allMatch(LonLat::isOnEarth)) {
        return Optional.empty();
      }
      Coordinate[] closed = unwrapped(ring).toArray(new Coordinate[0]);
      List<Polygon> split = splitAtAntimeridian(GEOMETRY.createPolygon(closed));
      if (split.isEmpty()) {
        return Optional.empty();
      }
      parts.addAll(split);
    }
    return parts.isEmpty() ? Optional.empty() : Optional.of(json(parts));
  }

  private static String json(List<Polygon> parts) {
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

  /**
   * Distance in metres of two nearby positions by the ellipsoid's radii of curvature between them.
   */
  public static double distanceM(LonLat a, LonLat b) {
    double lat = Math.toRadians((a.lat() + b.lat()) / 2);
    double s = Math.sin(lat);
    double w = Math.sqrt(1 - ECCENTRICITY_2 * s * s);
    double north = AXIS_M * (1 - ECCENTRICITY_2) / (w * w * w);
    double east = AXIS_M / w * Math.cos(lat);
    double dLon = Math.toRadians(Longitudes.wrap(b.lon() - a.lon()));
    return Math.hypot(dLon * east, Math.toRadians(b.lat() - a.lat()) * north);
  }

  private static List<LonLat> outline(Geolocation g, Window w) {
    double[] xs = {w.x(), w.x(), w.right(), w.right(), w.x()};
    double[] ys = {w.y(), w.bottom(), w.bottom(), w.y(), w.y()};
    List<LonLat> points = new ArrayList<>();
    for (int side = 0; side < 4; side++) {
      double length = Math.hypot(xs[side + 1] - xs[side], ys[side + 1] - ys[side]);
      int segments = (int) Math.min(MAX_SEGMENTS, 1 + (length - 1) / PIXELS_PER_SEGMENT);
      double dx = (xs[side + 1] - xs[side]) / segments;
      double dy = (ys[side + 1] - ys[side]) / segments;
      for (int i = 0; i < segments; i++) {
        double x = xs[side] + i * dx;
        double y = ys[side] + i * dy;
        points.add(g.locate(x, y));
        bend(g, x, y, x + dx, y + dy, 0, points);
      }
    }
    return points;
  }

  /** Adds vertices between two pixel coordinates until the outline follows the edge to a pixel. */
  private static void bend(
      Geolocation g, double x0, double y0, double x1, double y1, int depth, List<LonLat> points) {
    LonLat a = g.locate(x0, y0);
    LonLat b = g.locate(x1, y1);
    double x = (x0 + x1) / 2;
    double y = (y0 + y1) / 2;
    LonLat middle = g.locate(x, y);
    double lon = (a.lon() + Longitudes.near(b.lon(), a.lon())) / 2;
    LonLat straight = new LonLat(Longitudes.wrap(lon), (a.lat() + b.lat()) / 2);
    double[] pixel = spacingM(g, x, y);
    if (depth < MAX_BENDS && distanceM(middle, straight) > Math.hypot(pixel[0], pixel[1])) {
      bend(g, x0, y0, x, y, depth + 1, points);
      points.add(middle);
      bend(g, x, y, x1, y1, depth + 1, points);
    }
  }

  /**
   * A closed ring without jumps in longitude, which may leave [-180, 180]. A pole has every
   * longitude: a vertex there becomes two, with the longitudes of its neighbours. A ring around a
   * pole does not close by itself: it is led along the pole.
   */
  private static List<Coordinate> unwrapped(List<LonLat> outline) {
    List<LonLat> points = new ArrayList<>(outline);
    while (isPole(points.get(0)) && !points.stream().allMatch(Footprints::isPole)) {
      Collections.rotate(points, 1);
    }
    List<Coordinate> ring = new ArrayList<>();
    double lon = points.get(0).lon();
    double latSum = 0;
    double left = Double.NaN; // latitude of a pole that the ring is at
    for (LonLat p : points) {
      latSum += p.lat();
      if (isPole(p)) {
        left = Math.copySign(90, p.lat());
        ring.add(new Coordinate(lon, left));
        continue;
      }
      lon = Longitudes.near(p.lon(), lon);
      if (!Double.isNaN(left)) {
        ring.add(new Coordinate(lon, left));
        left = Double.NaN;
      }
      ring.add(new Coordinate(lon, p.lat()));
    }
    Coordinate first = ring.get(0);
    double end = Longitudes.near(first.x, lon);
    if (!Double.isNaN(left)) {
      ring.add(new Coordinate(end, left));
    }
    if (Math.abs(end - first.x) > 180) {
      double pole = latSum > 0 ? 90 : -90;
      ring.add(new Coordinate(end, first.y));
      ring.add(new Coordinate(end, pole));
      ring.add(new Coordinate(first.x, pole));
    }
    ring.add(new Coordinate(first));
    return ring;
  }

  private static boolean isPole(LonLat p) {
    return Math.abs(p.lat()) > 90 - 1e-9;
  }

  /** The parts on either side; none if the outline crosses itself and so is none. */
  private static List<Polygon> splitAtAntimeridian(Polygon whole) {
    if (!whole.isValid()) {
      return List.of();
    }
    Envelope box = whole.getEnvelopeInternal();
    if (box.getMinX() >= -180 && box.getMaxX() <= 180) {
      return List.of(whole);
    }
    Geometry joined = GEOMETRY.createPolygon();
    for (int turn = -1; turn <= 1; turn++) {
      double west = -180 + 360.0 * turn;
      Geometry world = GEOMETRY.toGeometry(new Envelope(west, west + 360, -90, 90));
      Geometry part =
          onlyPolygons(OverlayNG.overlay(whole, world, OverlayNG.INTERSECTION, PRINTED)).copy();
      for (Coordinate c : part.getCoordinates()) {
        c.x = PRINTED.makePrecise(c.x - 360.0 * turn);
      }
      part.geometryChanged();
      // A ring around a pole is cut at its first vertex, where its parts are one again.
      joined = onlyPolygons(OverlayNG.overlay(joined, part, OverlayNG.UNION, PRINTED));
    }
    return polygons(joined);
  }

  /** Without the points and lines in which an outline only touches the antimeridian. */
  private static Geometry onlyPolygons(Geometry g) {
    return GEOMETRY.createMultiPolygon(polygons(g).toArray(new Polygon[0]));
  }

  private static List<Polygon> polygons(Geometry g) {
    List<Polygon> parts = new ArrayList<>();
    for (int i = 0; i < g.getNumGeometries(); i++) {
      if (g.getGeometryN(i) instanceof Polygon p && !p.isEmpty()) {
        parts.add(p);
      }
    }
    return parts;
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
