package dev.sarscribe.imagery.geo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.Window;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GeolocationTest {
  @Test
  void projectedCoordinatesAgreeWithProj() {
    // as printed by PROJ 9.1.1: cs2cs -d 9 EPSG:… EPSG:4326
    requireAt(32631, 380_000, 5_300_000, 1.396190089, 47.842138616);
    requireAt(32733, 700_000, 6_200_000, 17.173770762, -34.322005052);
    requireAt(25832, 450_000, 5_800_000, 8.265962870, 52.348013500);
    requireAt(26911, 380_000, 3_740_000, -118.296262019, 33.793363471);
    requireAt(3857, -13_150_000, 4_010_000, -118.128459862, 33.859858996);
    requireAt(3395, 1_200_000, -5_200_000, 10.779783409, -42.451467300);
    requireAt(3413, 500_000, -1_000_000, -18.434948823, 79.705775538);
    requireAt(3995, -700_000, -30_000, -87.545968325, 83.558045347);
    requireAt(3031, 300_000, 1_200_000, 14.036243468, -78.651450758);
    requireAt(3976, -800_000, 600_000, -53.130102354, -80.787812971);
    requireAt(3035, 4_200_000, 3_400_000, 8.168259538, 53.693700289);
    requireAt(32661, 1_700_000, 2_300_000, -135, 86.179979538);
  }

  @Test
  void originsOfProjectionsAreWhereTheirDefinitionsSay() {
    requireAt(32631, 500_000, 0, 3, 0);
    requireAt(32733, 500_000, 10_000_000, 15, 0);
    requireAt(3857, 20_037_508.342789244 / 2, 0, 90, 0);
    requireAt(3413, 0, 0, -45, 90);
    requireAt(3031, 0, 0, 0, -90);
    requireAt(3035, 4_321_000, 3_210_000, 10, 52);
    requireAt(4326, 190, 5, -170, 5);
    assertThat(Crs.ofEpsg(27700)).isEmpty();
  }

  private static void requireAt(int epsg, double x, double y, double lon, double lat) {
    LonLat p = Crs.ofEpsg(epsg).orElseThrow().toWgs84(x, y);
    assertThat(p.lat()).isCloseTo(lat, within(1e-8));
    if (Math.abs(lat) < 89.9) {
      assertThat(p.lon()).isCloseTo(lon, within(1e-8));
    }
  }

  /** Curved positions near a place, as a swath has them. */
  private static LonLat swath(double x, double y, double lon0, double lat0) {
    double lon = lon0 + x * 1e-4 + y * 2e-5 + x * x * 2e-10;
    double lat = lat0 - y * 9e-5 + x * 2e-5 + x * y * 1e-10;
    return new LonLat(Longitudes.wrap(lon), lat);
  }

  private static GridGeolocation grid(double lon0, double lat0) {
    List<Gcp> points = new ArrayList<>();
    for (double y : new double[] {0, 2000, 4000, 6000, 8000, 8900}) {
      for (double x : new double[] {0, 1300, 2600, 3900, 5200, 6000}) {
        LonLat p = swath(x, y, lon0, lat0);
        points.add(new Gcp(x, y, p.lon(), p.lat()));
      }
    }
    return GridGeolocation.of(points).orElseThrow();
  }

  @Test
  void theGridIsCubicAlsoInItsUnevenLastCellsAndAcrossTheAntimeridian() {
    for (double lon0 : new double[] {12, 179.7}) {
      GridGeolocation g = grid(lon0, 50);
      for (double x = 0; x <= 6000; x += 431) {
        for (double y = 0; y <= 8900; y += 377) {
          assertThat(Footprints.distanceM(g.locate(x, y), swath(x, y, lon0, 50))).isLessThan(0.01);
        }
      }
    }
  }

  @Test
  void pointsThatFormNoGridGiveNone() {
    assertThat(
            GridGeolocation.of(
                List.of(new Gcp(0, 0, 1, 1), new Gcp(5, 0, 2, 1), new Gcp(0, 5, 1, 2))))
        .isEmpty();
  }

  @Test
  void aFootprintIsACounterClockwisePolygon() {
    Geolocation g =
        new AffineGeolocation(10, 50, 0.001, 0, 0, -0.001, Crs.ofEpsg(4326).orElseThrow());

    assertThat(Footprints.geoJson(g, new Window(0, 0, 100, 200)).orElseThrow())
        .isEqualTo(
            "{\"type\":\"Polygon\",\"coordinates\":"
                + "[[[10,50],[10,49.8],[10.1,49.8],[10.1,50],[10,50]]]}");
    assertThat(Footprints.centre(g, new Window(0, 0, 100, 200)).lat())
        .isCloseTo(49.9, within(1e-9));
  }

  @Test
  void aFootprintAcrossTheAntimeridianIsSplitInTwo() {
    String json = Footprints.geoJson(grid(179.7, 10), new Window(0, 0, 6000, 8900)).orElseThrow();

    assertThat(json).startsWith("{\"type\":\"MultiPolygon\"").contains("[180,").contains("[-180,");
    assertThat(json.split("\\]\\],\\[\\[", -1)).hasSize(2);
  }

  @Test
  void aFootprintAroundAPoleReachesIt() {
    Geolocation g =
        new AffineGeolocation(-500_000, 500_000, 1000, 0, 0, -1000, Crs.ofEpsg(3413).orElseThrow());

    assertThat(Footprints.geoJson(g, new Window(0, 0, 1000, 1000)).orElseThrow()).contains(",90]");
  }

  @Test
  void spacingIsThatOnTheGroundNotThatOfTheProjection() {
    Geolocation g =
        new AffineGeolocation(
            0, 8_399_737.889818355, 10, 0, 0, -10, Crs.ofEpsg(3857).orElseThrow()); // 60 N

    assertThat(Footprints.spacingM(g, 0, 0)[0]).isCloseTo(5.0, within(0.03));
  }

  @Test
  void anOutlineThatBeginsJustEastOfTheAntimeridianIsCutToo() {
    Geolocation westwards = (x, y) -> new LonLat(Longitudes.wrap(-179.9 - x * 0.002), y * 0.001);

    String json = Footprints.geoJson(westwards, new Window(0, 0, 100, 100)).orElseThrow();
    assertThat(json)
        .startsWith("{\"type\":\"MultiPolygon\"")
        .contains("[179.9,", "[180,", "[-180,", "[-179.9,");
    assertThat(json.split("\\[\\[\\[|\\[\\[", -1)).hasSize(3);
  }

  @Test
  void anOutlineThatCrossesItselfOrLeavesTheEarthIsNoFootprint() {
    Window w = new Window(0, 0, 100, 100);
    Geolocation bowTie = (x, y) -> new LonLat(Longitudes.wrap(180 + (x - 50) * (y - 50)), y / 10);
    Geolocation nowhere = (x, y) -> new LonLat(x == 0 ? Double.NaN : x / 10, y / 10);

    assertThat(Footprints.geoJson(bowTie, w)).isEmpty();
    assertThat(Footprints.geoJson(nowhere, w)).isEmpty();
  }

  @Test
  void numbersThatTheProjectionLibraryWouldTurnForEverAreNowhere() {
    Crs utm = Crs.ofEpsg(32631).orElseThrow();
    for (double far : new double[] {1e18, 1e300, Double.POSITIVE_INFINITY, Double.NaN}) {
      assertThat(utm.toWgs84(far, far).isOnEarth()).isFalse();
    }
    assertThat(utm.toWgs84(500_000, 5_000_000).isOnEarth()).isTrue();
  }

  @Test
  void codesBesideTheZonesOfADatumAreNotItsZones() {
    assertThat(Crs.ofEpsg(26923)).isPresent();
    assertThat(Crs.ofEpsg(25832)).isPresent();
    for (int code : new int[] {26929, 26938, 25801, 25827, 25839}) {
      assertThat(Crs.ofEpsg(code)).as("EPSG:" + code).isEmpty();
    }
  }
}
