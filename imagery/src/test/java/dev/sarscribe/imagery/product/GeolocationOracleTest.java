package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.geo.Gcp;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.geo.GridGeolocation;
import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.oracle.Oracle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Positions, spacings and angles against GDAL's, PROJ's and SciPy's. */
class GeolocationOracleTest {
  @TempDir Path folder;

  @Test
  void pixelsOfGeoTiffsLieWhereGdalFindsThem() throws Exception {
    List<String> names = Oracle.python("places.py", folder).lines().toList();
    assertThat(names).hasSize(30);
    for (String name : names) {
      double[] places = Oracle.doubles(folder.resolve(name + ".places"));
      try (Product p = Products.open(folder.resolve(name + ".tif"))) {
        Geolocation g = p.scenes().get(0).geolocation().orElseThrow();
        for (int i = 0; i < places.length; i += 6) {
          LonLat expected = new LonLat(places[i + 2], places[i + 3]);
          double metres = Footprints.distanceM(g.locate(places[i], places[i + 1]), expected);
          double pixels = metres / Math.min(places[i + 4], places[i + 5]);
          // Affine rasters agree to 1e-4 pixels, cubic and spline on a curved grid to 0.02.
          assertThat(pixels)
              .as("pixels off in %s", name)
              .isLessThan(name.contains("gcps") ? 0.1 : 0.01);
          double[] spacing = Footprints.spacingM(g, places[i], places[i + 1]);
          assertThat(spacing[0] / places[i + 4]).as(name).isCloseTo(1, within(1e-3));
          assertThat(spacing[1] / places[i + 5]).as(name).isCloseTo(1, within(1e-3));
        }
      }
    }
  }

  /**
   * Over flat grids a fraction of a pixel. Where the nodes carry relief, any two interpolations
   * differ by more than two pixels somewhere; then ours must do as well as the spline where the
   * truth is known, at nodes that were left out, and differ from it by far less than it errs.
   */
  @Test
  void tileCornersOfRealGridsLieWhereTheThinPlateSplineFindsThem() throws Exception {
    for (Path source : realProducts()) {
      String[] said = Oracle.python("grid.py", folder, source).strip().split(" ");
      double relief = Double.parseDouble(said[0]);
      double splineError = Double.parseDouble(said[1]);
      SafeAnnotation a = annotation(source);
      double pixel = Math.min(a.rangeSpacingM(), a.azimuthSpacingM());
      double[] places = Oracle.doubles(folder.resolve("grid.places"));
      double most = 0;
      double squares = 0;
      for (int i = 0; i < places.length; i += 5) {
        LonLat expected = new LonLat(places[i + 2], places[i + 3]);
        LonLat got = a.geolocation().locate(places[i], places[i + 1]);
        double pixels = Footprints.distanceM(got, expected) / pixel;
        most = Math.max(most, pixels);
        squares += pixels * pixels;
        assertThat(a.incidence().at(places[i], places[i + 1]))
            .isCloseTo(places[i + 4], within(1e-9));
      }
      double rms = Math.sqrt(squares / (places.length / 5.0));
      assertThat(rms).as("pixels rms in %s", source).isLessThan(2);
      assertThat(most)
          .as("pixels in %s", source)
          .isLessThan(relief < 1 ? 2 : 2 * splineError / pixel);
      assertThat(errorAtLeftNodes()).as("metres in %s", source).isLessThan(1.1 * splineError);
    }
  }

  private static List<Path> realProducts() throws Exception {
    List<Path> sources = new ArrayList<>();
    for (String kind : List.of("safe-without-measurement", "safe-zip")) {
      try (var all = Files.list(RealData.scenes().resolve(kind))) {
        sources.addAll(all.sorted().toList());
      }
    }
    return sources;
  }

  private static SafeAnnotation annotation(Path source) throws Exception {
    try (SafeFiles files =
        Files.isDirectory(source) ? new SafeFiles.Folder(source) : ZippedSafe.open(source)) {
      return SafeReader.bands(files.xml("manifest.safe"), files).get(0).annotation(files);
    }
  }

  /** Metres rms between the nodes that were left out and the grid of the others. */
  private double errorAtLeftNodes() throws Exception {
    double[] kept = Oracle.doubles(folder.resolve("kept.nodes"));
    List<Gcp> nodes = new ArrayList<>();
    for (int i = 0; i < kept.length; i += 4) {
      nodes.add(new Gcp(kept[i], kept[i + 1], kept[i + 2], kept[i + 3]));
    }
    GridGeolocation grid = GridGeolocation.of(nodes).orElseThrow();
    double[] left = Oracle.doubles(folder.resolve("left.nodes"));
    double squares = 0;
    for (int i = 0; i < left.length; i += 4) {
      LonLat truth = new LonLat(left[i + 2], left[i + 3]);
      double metres = Footprints.distanceM(grid.locate(left[i], left[i + 1]), truth);
      squares += metres * metres;
    }
    return Math.sqrt(squares / (left.length / 4.0));
  }
}
