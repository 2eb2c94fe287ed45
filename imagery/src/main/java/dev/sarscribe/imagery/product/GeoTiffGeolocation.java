package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.geo.AffineGeolocation;
import dev.sarscribe.imagery.geo.Crs;
import dev.sarscribe.imagery.geo.Gcp;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.geo.GridGeolocation;
import dev.sarscribe.imagery.tiff.GeoTags;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Geolocation from GeoTIFF tags. A raster whose tags say nothing, or name a system that is not
 * known here, has none: that is no failure.
 *
 * <p>Raster space is taken literally: with PixelIsArea (the default, also where the key is absent)
 * tie points count from the outer corner of the first pixel, with PixelIsPoint from its centre.
 */
final class GeoTiffGeolocation {
  private static final int MODEL_TYPE = 1024;
  private static final int RASTER_TYPE = 1025;
  private static final int GEOGRAPHIC_TYPE = 2048;
  private static final int PROJECTED_TYPE = 3072;
  private static final int PROJECTION_METHOD = 3075;
  private static final int LINEAR_UNITS = 3076;
  private static final int USER_DEFINED = 32767;
  private static final int METRE = 9001;

  /** Squared eccentricity of WGS84. */
  private static final double WGS84_E2 = 6.694379990141316e-3;

  private GeoTiffGeolocation() {}

  /** The geolocation of an image of a size, if its corners come to lie on Earth. */
  static Optional<Geolocation> of(GeoTags tags, int width, int height) {
    return of(tags).filter(g -> isOnEarth(g, width, height));
  }

  /** Some writers leave an identity transform in place of the real one. */
  private static boolean isOnEarth(Geolocation g, int width, int height) {
    for (double x : new double[] {0, width}) {
      for (double y : new double[] {0, height}) {
        if (!g.locate(x, y).isOnEarth()) {
          return false;
        }
      }
    }
    return true;
  }

  private static Optional<Geolocation> of(GeoTags tags) {
    double half = tags.keys().getOrDefault(RASTER_TYPE, 1) == 2 ? 0.5 : 0;
    double[] ties = tags.tiepoints();
    boolean affine =
        tags.transformation().length == 16 || (tags.pixelScale().length >= 2 && ties.length >= 6);
    if (affine) {
      return crs(tags).flatMap(crs -> affine(tags, half, crs));
    }
    if (ties.length >= 24 && tags.keys().getOrDefault(MODEL_TYPE, 2) == 2) {
      return grid(ties, half);
    }
    return Optional.empty();
  }

  private static Optional<Geolocation> affine(GeoTags tags, double half, Crs crs) {
    double[] m = tags.transformation();
    double[] t = tags.tiepoints();
    double[] s = tags.pixelScale();
    try {
      if (m.length == 16) {
        double x = m[3] - half * (m[0] + m[1]);
        double y = m[7] - half * (m[4] + m[5]);
        return Optional.of(new AffineGeolocation(x, y, m[0], m[4], m[1], m[5], crs));
      }
      double x = t[3] - (t[0] + half) * s[0];
      double y = t[4] + (t[1] + half) * s[1];
      return Optional.of(new AffineGeolocation(x, y, s[0], 0, 0, -s[1], crs));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // degenerate numbers locate nothing
    }
  }

  private static Optional<Geolocation> grid(double[] ties, double half) {
    List<Gcp> points = new ArrayList<>();
    try {
      for (int i = 0; i < ties.length; i += 6) {
        points.add(new Gcp(ties[i] + half, ties[i + 1] + half, ties[i + 3], ties[i + 4]));
      }
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return GridGeolocation.of(points).map(g -> g);
  }

  private static Optional<Crs> crs(GeoTags tags) {
    Map<Integer, Integer> keys = tags.keys();
    if (keys.getOrDefault(MODEL_TYPE, 0) == 2) {
      return Crs.ofEpsg(keys.getOrDefault(GEOGRAPHIC_TYPE, 0));
    }
    int code = keys.getOrDefault(PROJECTED_TYPE, 0);
    if (keys.getOrDefault(LINEAR_UNITS, METRE) != METRE) {
      return Optional.empty();
    }
    return code != 0 && code != USER_DEFINED ? Crs.ofEpsg(code) : userDefined(tags);
  }

  /** A projection spelled out in GeoKeys, on WGS84, in metres. */
  private static Optional<Crs> userDefined(GeoTags tags) {
    int base = tags.keys().getOrDefault(GEOGRAPHIC_TYPE, 0);
    int ellipsoid = tags.keys().getOrDefault(2056, 0);
    if (base != 4326 && ellipsoid != 7030) {
      return Optional.empty();
    }
    Map<Integer, Double> p = tags.doubleKeys();
    double lon = first(p, 0, 3080, 3088, 3084, 3095);
    double lat = first(p, 0, 3081, 3089, 3085);
    double east = first(p, 0, 3082, 3086, 3090);
    double north = first(p, 0, 3083, 3087, 3091);
    double scale = first(p, 1, 3092, 3093);
    double poleLon = first(p, 0, 3095, 3080, 3088);
    // Beyond these there is no projection, but an endless loop of the library that turns angles.
    boolean sane =
        within(360, lon, poleLon)
            && within(90, lat)
            && within(Crs.MAX_COORDINATE_M, east, north)
            && scale > 0.1
            && scale < 10;
    if (!sane) {
      return Optional.empty();
    }
    String common = " +lon_0=%s +x_0=%s +y_0=%s +datum=WGS84 +units=m".formatted(lon, east, north);
    return switch (tags.keys().getOrDefault(PROJECTION_METHOD, 0)) {
      case 1 -> Crs.ofProj("+proj=tmerc +lat_0=" + lat + " +k=" + scale + common);
      case 7 -> Crs.ofProj("+proj=merc +k=" + mercatorScale(p, scale) + common);
      case 10 -> Crs.ofProj("+proj=laea +lat_0=" + lat + common);
      case 15 ->
          Crs.ofProj(
              "+proj=stere +lat_0="
                  + (lat < 0 ? -90 : 90)
                  // stated, as proj4j takes none for the equator
                  + (" +lat_ts=" + lat + (Math.abs(lat) == 90 ? " +k=" + scale : ""))
                  + " +lon_0="
                  + poleLon
                  + common.substring(common.indexOf(" +x_0")));
      default -> Optional.empty();
    };
  }

  /** A Mercator projection that is true to scale at a parallel has this scale on the equator. */
  private static double mercatorScale(Map<Integer, Double> p, double otherwise) {
    Double parallel = p.get(3078);
    if (parallel == null) {
      return otherwise;
    }
    double sin = Math.sin(Math.toRadians(parallel));
    return Math.cos(Math.toRadians(parallel)) / Math.sqrt(1 - WGS84_E2 * sin * sin);
  }

  private static boolean within(double limit, double... values) {
    return Arrays.stream(values).allMatch(v -> Math.abs(v) <= limit);
  }

  private static double first(Map<Integer, Double> values, double otherwise, int... keys) {
    for (int key : keys) {
      Double v = values.get(key);
      if (v != null) {
        return v;
      }
    }
    return otherwise;
  }
}
