package dev.sarscribe.imagery.geo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.imagery.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.locationtech.jts.algorithm.Orientation;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.operation.valid.IsValidOp;

/** Footprints are valid by RFC 7946 and hold the pixels of their window, and no others. */
class FootprintsTest {
  private static final GeometryFactory GEOMETRY = new GeometryFactory();

  private static Geolocation affine(int epsg, double x, double y, double dx, double dy) {
    return new AffineGeolocation(x, y, dx, 0, 0, dy, Crs.ofEpsg(epsg).orElseThrow());
  }

  /** Places that are hard in one way each. */
  private static Map<String, Geolocation> places() {
    Map<String, Geolocation> all = new LinkedHashMap<>();
    all.put("UTM", affine(32633, 380_000, 5_300_000, 10, -10));
    all.put("UTM at 83 N", affine(32633, 480_000, 9_300_000, 40, -40));
    all.put("UTM across the antimeridian", affine(32601, 330_000, 7_000_000, 40, -40));
    all.put("degrees across the antimeridian", affine(4326, 179.9, -16, 1e-4, -1e-4));
    all.put("degrees south-up", affine(4326, -179.9, 16, 1e-4, 1e-4));
    all.put("around the north pole", affine(3413, -40_000, 50_000, 40, -40));
    all.put("around the south pole", affine(3031, -50_000, 30_000, 40, -40));
    all.put("a corner at the pole", affine(3413, 0, 0, 40, -40));
    all.put("an edge through the pole", affine(3413, -1024 * 40, 0, 40, -40));
    all.put("close by the pole", affine(3995, 120, -120, 40, -40));
    all.put("a mirrored raster", affine(32633, 380_000, 5_300_000, -10, -10));
    all.put(
        "a rotated raster",
        new AffineGeolocation(
            700_000, 6_200_000, 9.4, -3.4, -3.4, -9.4, Crs.ofEpsg(32760).orElseThrow()));
    all.put("a swath across the antimeridian", swath(179.8, -20));
    all.put("a swath at 80 N", swath(-179.99, 80));
    return all;
  }

  private static Geolocation swath(double lon0, double lat0) {
    List<Gcp> points = new ArrayList<>();
    for (double y = 0; y <= 2100; y += 350) {
      for (double x = 0; x <= 2100; x += 300) {
        double lon = lon0 + x * 1e-4 + y * 2e-5 + x * x * 2e-10;
        double lat = lat0 - y * 9e-5 + x * 2e-5 + x * y * 1e-10;
        points.add(new Gcp(x, y, Longitudes.wrap(lon), lat));
      }
    }
    return GridGeolocation.of(points).orElseThrow();
  }

  @Test
  void everyFootprintIsValidAndHoldsItsPixelsOnly() throws Exception {
    Random random = new Random(9);
    for (Map.Entry<String, Geolocation> place : places().entrySet()) {
      for (int i = 0; i < 40; i++) {
        Window w =
            i == 0
                ? new Window(0, 0, 2048, 2048)
                : new Window(
                    random.nextInt(1500),
                    random.nextInt(1500),
                    1 + random.nextInt(548),
                    1 + random.nextInt(548));
        String json = Footprints.geoJson(place.getValue(), w).orElseThrow();
        String what = "%s, %s: %s".formatted(place.getKey(), w, json);
        Geometry footprint = parsed(json, what);
        IsValidOp valid = new IsValidOp(footprint);
        assertThat(valid.getValidationError()).as(what).isNull();
        requirePixels(footprint, place.getValue(), w, random, what);
      }
    }
  }

  @Test
  void anOutlineThatOnlyTouchesTheAntimeridianHasAFootprint() {
    Geolocation g =
        new AffineGeolocation(
            179.99999997418934,
            25.68524745459748,
            3.141288538921039E-4,
            0,
            0,
            -1.1097830526777912E-4,
            Crs.ofEpsg(4326).orElseThrow());

    assertThat(Footprints.geoJson(g, new Window(0, 0, 1, 152))).isPresent();
  }

  @Test
  void controlPointsThatMakeNoSenseGiveAValidFootprintOrNone() throws Exception {
    Random random = new Random(3);
    int some = 0;
    for (int i = 0; i < 200; i++) {
      List<Gcp> points = new ArrayList<>();
      for (int n = 0; n < 16; n++) {
        double lat = random.nextInt(181) - 90;
        points.add(new Gcp(n % 4 * 100, n / 4 * 100, random.nextInt(361) - 180, lat));
      }
      Geolocation nonsense = GridGeolocation.of(points).orElseThrow();
      Window w = new Window(0, 0, 1 + random.nextInt(300), 1 + random.nextInt(300));
      String json = Footprints.geoJson(nonsense, w).orElse("");
      if (!json.isEmpty()) {
        some++;
        Geometry footprint = parsed(json, json);
        assertThat(new IsValidOp(footprint).getValidationError()).as(json).isNull();
      }
    }
    assertThat(some).isBetween(20, 199);
  }

  /** Reads a geometry, requiring what RFC 7946 says of its rings. */
  private static Geometry parsed(String json, String what) throws Exception {
    JsonNode root = new ObjectMapper().readTree(json);
    boolean multi = root.get("type").asText().equals("MultiPolygon");
    assertThat(root.get("type").asText()).isEqualTo(multi ? "MultiPolygon" : "Polygon");
    List<Polygon> polygons = new ArrayList<>();
    for (JsonNode rings : multi ? root.get("coordinates") : List.of(root.get("coordinates"))) {
      assertThat(rings).as(what).hasSize(1);
      List<Coordinate> ring = new ArrayList<>();
      for (JsonNode c : rings.get(0)) {
        ring.add(new Coordinate(c.get(0).asDouble(), c.get(1).asDouble()));
        assertThat(Math.abs(ring.get(ring.size() - 1).x)).as(what).isLessThanOrEqualTo(180);
        assertThat(Math.abs(ring.get(ring.size() - 1).y)).as(what).isLessThanOrEqualTo(90);
      }
      Coordinate[] closed = ring.toArray(new Coordinate[0]);
      assertThat(closed[0]).as(what).isEqualTo(closed[closed.length - 1]);
      assertThat(Orientation.isCCW(closed)).as("counter-clockwise: " + what).isTrue();
      polygons.add(GEOMETRY.createPolygon(closed));
    }
    return multi ? GEOMETRY.createMultiPolygon(polygons.toArray(new Polygon[0])) : polygons.get(0);
  }

  private static void requirePixels(
      Geometry footprint, Geolocation g, Window w, Random random, String what) {
    for (int i = 0; i < 30; i++) {
      double x = random.nextDouble() * 2048;
      double y = random.nextDouble() * 2048;
      if (i % 2 == 0) { // most windows are small
        x = w.x() + random.nextDouble() * w.width();
        y = w.y() + random.nextDouble() * w.height();
      }
      double right = Math.min(x - w.x(), w.right() - x);
      double down = Math.min(y - w.y(), w.bottom() - y);
      double inside = Math.min(right, down);
      if (Math.abs(inside) < 2) {
        continue; // the outline follows the edge to about a pixel
      }
      LonLat p = g.locate(x, y);
      boolean covers = footprint.covers(GEOMETRY.createPoint(new Coordinate(p.lon(), p.lat())));
      assertThat(covers).as("%s, %s at %s of %s", x, y, p, what).isEqualTo(inside > 0);
    }
  }

  @Test
  void aRingOfPositionsIsCutAtTheAntimeridianAndTurnedCounterClockwise() {
    List<LonLat> clockwise =
        List.of(new LonLat(179, 0), new LonLat(179, 2), new LonLat(-179, 2), new LonLat(-179, 0));
    List<LonLat> beyond =
        List.of(new LonLat(179, 0), new LonLat(181, 0), new LonLat(181, 2), new LonLat(179, 2));

    String footprint = Footprints.geoJson(List.of(clockwise)).orElseThrow();

    assertThat(footprint).startsWith("{\"type\":\"MultiPolygon\"").contains("[180,", "[-180,");
    assertThat(Footprints.geoJson(List.of(beyond)).orElseThrow())
        .startsWith("{\"type\":\"MultiPolygon\"")
        .contains("[-179,")
        .doesNotContain("181");
  }

  @Test
  void ringsThatAreNoneHaveNoFootprint() {
    List<LonLat> crossed =
        List.of(new LonLat(0, 0), new LonLat(1, 1), new LonLat(1, 0), new LonLat(0, 1));
    List<LonLat> nowhere = List.of(new LonLat(0, 0), new LonLat(1, 95), new LonLat(Double.NaN, 0));

    assertThat(Footprints.geoJson(List.of(crossed))).isEmpty();
    assertThat(Footprints.geoJson(List.of(nowhere))).isEmpty();
    assertThat(Footprints.geoJson(List.of(List.of(new LonLat(0, 0))))).isEmpty();
  }
}
