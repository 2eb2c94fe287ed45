package dev.sarscribe.imagery.geo;

/**
 * A raster in a map projection: pixel coordinates go through an affine transform and then to WGS84.
 * Thread-safe.
 *
 * @param originX CRS coordinate of the outer corner of the first pixel
 * @param originY likewise
 * @param xPerColumn CRS step in x of one column
 * @param yPerColumn CRS step in y of one column, 0 for a north-up raster
 * @param xPerRow CRS step in x of one row, 0 for a north-up raster
 * @param yPerRow CRS step in y of one row
 * @param crs the raster's reference system
 */
public record AffineGeolocation(
    double originX,
    double originY,
    double xPerColumn,
    double yPerColumn,
    double xPerRow,
    double yPerRow,
    Crs crs)
    implements Geolocation {
  public AffineGeolocation {
    double area = xPerColumn * yPerRow - yPerColumn * xPerRow;
    if (area == 0 || !Double.isFinite(area + originX + originY)) {
      throw new IllegalArgumentException("an affine transform without area");
    }
  }

  @Override
  public LonLat locate(double x, double y) {
    return crs.toWgs84(
        originX + x * xPerColumn + y * xPerRow, originY + x * yPerColumn + y * yPerRow);
  }
}
