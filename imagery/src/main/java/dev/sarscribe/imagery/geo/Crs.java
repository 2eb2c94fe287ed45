package dev.sarscribe.imagery.geo;

import java.util.Optional;
import org.locationtech.proj4j.BasicCoordinateTransform;
import org.locationtech.proj4j.CRSFactory;
import org.locationtech.proj4j.CoordinateReferenceSystem;
import org.locationtech.proj4j.Proj4jException;
import org.locationtech.proj4j.ProjCoordinate;

/**
 * A coordinate reference system, named by a PROJ string, that can be turned into WGS84. Covers the
 * systems in which SAR rasters come: UTM, Mercator, polar stereographic, equal-area and plain
 * degrees. Datum shifts other than identity (ETRS89 and NAD83 are taken as WGS84, within about two
 * metres) are not covered. Thread-safe.
 */
public final class Crs {
  /** No projected coordinate is further out: the equator is 40,000 km long. */
  public static final double MAX_COORDINATE_M = 1e8;

  private static final CoordinateReferenceSystem WGS84 =
      new CRSFactory().createFromParameters("WGS84", "+proj=longlat +datum=WGS84 +no_defs");

  private final CoordinateReferenceSystem system;
  private final boolean geographic;

  private Crs(CoordinateReferenceSystem system, boolean geographic) {
    this.system = system;
    this.geographic = geographic;
  }

  /** The system of an EPSG code, or empty if it is none of those that are known here. */
  public static Optional<Crs> ofEpsg(int code) {
    String proj = projString(code);
    return proj.isEmpty() ? Optional.empty() : ofProj(proj);
  }

  /** The system of a {@code +proj=} string, or empty if it cannot be built. */
  public static Optional<Crs> ofProj(String proj) {
    try {
      return Optional.of(
          new Crs(
              new CRSFactory().createFromParameters("scene", proj),
              proj.contains("+proj=longlat")));
    } catch (Proj4jException | IllegalStateException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String projString(int code) {
    int zone = code % 100;
    boolean zoned = zone >= 1 && zone <= 60;
    if (zoned && code / 100 == 326) {
      return "+proj=utm +zone=" + zone + " +datum=WGS84 +units=m";
    }
    if (zoned && code / 100 == 327) {
      return "+proj=utm +zone=" + zone + " +south +datum=WGS84 +units=m";
    }
    // ETRS89 and NAD83: the codes beyond these zones are other projections.
    boolean etrs89 = code / 100 == 258 && zone >= 28 && zone <= 38;
    boolean nad83 = code / 100 == 269 && zone >= 1 && zone <= 23;
    if (etrs89 || nad83) {
      return "+proj=utm +zone=" + zone + " +ellps=GRS80 +towgs84=0,0,0 +units=m";
    }
    return switch (code) {
      case 4326, 4979 -> "+proj=longlat +datum=WGS84";
      case 4258, 4269 -> "+proj=longlat +ellps=GRS80 +towgs84=0,0,0";
      case 3857 -> "+proj=merc +a=6378137 +b=6378137 +lon_0=0 +k=1 +units=m +nadgrids=@null";
      case 3395 -> "+proj=merc +lon_0=0 +k=1 +datum=WGS84 +units=m";
      case 3413 -> "+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +datum=WGS84 +units=m";
      case 3995 -> "+proj=stere +lat_0=90 +lat_ts=71 +lon_0=0 +datum=WGS84 +units=m";
      case 3031 -> "+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +datum=WGS84 +units=m";
      case 3976 -> "+proj=stere +lat_0=-90 +lat_ts=-70 +lon_0=0 +datum=WGS84 +units=m";
      case 32661, 5041 -> // UPS
          "+proj=stere +lat_0=90 +lat_ts=90 +k=0.994 +lon_0=0 +x_0=2000000 +y_0=2000000"
              + " +datum=WGS84 +units=m";
      case 32761, 5042 ->
          "+proj=stere +lat_0=-90 +lat_ts=-90 +k=0.994 +lon_0=0 +x_0=2000000 +y_0=2000000"
              + " +datum=WGS84 +units=m";
      case 3035 ->
          "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80"
              + " +towgs84=0,0,0 +units=m";
      default -> "";
    };
  }

  /**
   * WGS84 position of a coordinate pair (easting, northing; or longitude, latitude); NaN outside
   * the projection's domain.
   */
  public LonLat toWgs84(double x, double y) {
    if (geographic) {
      return new LonLat(Longitudes.wrap(x), y);
    }
    if (!(Math.abs(x) <= MAX_COORDINATE_M && Math.abs(y) <= MAX_COORDINATE_M)) {
      return new LonLat(Double.NaN, Double.NaN); // the library would turn such an angle for ever
    }
    // A transform holds scratch space, so it is not shared between threads.
    ProjCoordinate out = new ProjCoordinate();
    try {
      new BasicCoordinateTransform(system, WGS84).transform(new ProjCoordinate(x, y), out);
    } catch (Proj4jException e) {
      return new LonLat(Double.NaN, Double.NaN); // outside the projection's domain
    }
    return new LonLat(Longitudes.wrap(out.x), out.y);
  }
}
