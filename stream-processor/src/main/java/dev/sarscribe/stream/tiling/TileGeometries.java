package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.schemas.avro.TileGeometry;
import java.util.Optional;

/** Where a tile lies, as far as its scene knows. */
final class TileGeometries {
  private TileGeometries() {}

  static TileGeometry of(Scene scene, Window window) {
    double centreX = window.x() + window.width() / 2.0;
    double centreY = window.y() + window.height() / 2.0;
    TileGeometry.Builder geometry =
        TileGeometry.newBuilder()
            .setX(window.x())
            .setY(window.y())
            .setWidth(window.width())
            .setHeight(window.height())
            .setIncidenceAngleDeg(scene.incidenceAngleDeg(centreX, centreY).orElse(null));
    scene.pixelSpacingM().ifPresent(m -> geometry.setPixelSpacingXM(m[0]).setPixelSpacingYM(m[1]));
    scene.geolocation().ifPresent(g -> locate(geometry, g, window));
    return geometry.build();
  }

  private static void locate(TileGeometry.Builder geometry, Geolocation g, Window window) {
    LonLat centre = Footprints.centre(g, window);
    Optional<String> footprint = Footprints.geoJson(g, window);
    if (footprint.isPresent() && centre.isOnEarth()) {
      geometry.setFootprint(footprint.get()).setCentreLon(centre.lon()).setCentreLat(centre.lat());
    }
  }
}
