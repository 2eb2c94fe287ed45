package dev.sarscribe.imagery.tiff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.oracle.Oracle;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GDAL writes what the reader reads, and reads what the writer wrote. */
class GdalOracleTest {
  @TempDir Path folder;

  @Test
  void pixelsAreEqualToGdalsForEveryKindOfFile() throws Exception {
    // given
    String written = Oracle.python("pixels.py", folder);
    assertThat(written.lines())
        .containsExactly(
            "matrix 164", "sizes 108", "cogs 80", "masks 51", "sparse 60", "nodata 30");
    Random random = new Random(5);
    for (Path file : tiffs()) {
      float[] expected = Oracle.floats(Path.of(file + ".raw"));
      if (file.getFileName().toString().startsWith("nodata-")) {
        // when, then
        assertThat(Arrays.mismatch(scenes(file), expected)).as(file.toString()).isEqualTo(-1);
        continue;
      }
      try (TiffRaster raster = TiffRaster.open(file)) {
        int pixels = raster.width() * raster.height();
        assertThat(raster.bands() * pixels).isEqualTo(expected.length);
        for (int band = 0; band < raster.bands(); band++) {
          float[] whole = Arrays.copyOfRange(expected, band * pixels, (band + 1) * pixels);
          requireEqual(raster, band, new Window(0, 0, raster.width(), raster.height()), whole);
          requireEqual(raster, band, anyWindow(raster, random), whole);
        }
      } catch (AssertionError e) {
        throw new AssertionError(file.getFileName().toString(), e);
      }
    }
  }

  private List<Path> tiffs() throws Exception {
    try (var all = Files.list(folder)) {
      return all.filter(f -> f.toString().endsWith(".tif")).sorted().toList();
    }
  }

  private static float[] scenes(Path file) throws Exception {
    try (Product p = Products.open(file)) {
      List<float[]> bands = new ArrayList<>();
      for (var scene : p.scenes()) {
        bands.add(scene.read(new Window(0, 0, scene.width(), scene.height())));
      }
      float[] all = new float[bands.size() * bands.get(0).length];
      for (int i = 0; i < bands.size(); i++) {
        System.arraycopy(bands.get(i), 0, all, i * bands.get(0).length, bands.get(0).length);
      }
      return all;
    }
  }

  private static Window anyWindow(TiffRaster raster, Random random) {
    int x = random.nextInt(raster.width());
    int y = random.nextInt(raster.height());
    return new Window(
        x, y, 1 + random.nextInt(raster.width() - x), 1 + random.nextInt(raster.height() - y));
  }

  private static void requireEqual(TiffRaster raster, int band, Window w, float[] whole)
      throws Exception {
    float[] expected = new float[w.area()];
    for (int row = 0; row < w.height(); row++) {
      int from = (w.y() + row) * raster.width() + w.x();
      System.arraycopy(whole, from, expected, row * w.width(), w.width());
    }
    assertThat(Arrays.mismatch(raster.read(band, w), expected))
        .as("first pixel of band %d of %s that differs", band, w)
        .isEqualTo(-1);
  }

  @Test
  void gdalReadsWhatTheWriterWrote() throws Exception {
    Path file = folder.resolve("written.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(file, 300, 200)
            .sampleType(SampleType.UINT16)
            .bands(2)
            .deflate(true)
            .nodata(0)
            .epsg(32611)
            .affine(380_000, 3_740_000, 10, -10)
            .metadata(java.util.Map.of("NOTE", "a<b"))
            .bandDescriptions(List.of("VV", "VH"))
            .open()) {
      short[] rows = new short[300 * 2 * 200];
      java.util.Arrays.fill(rows, (short) 3);
      w.writeRows(rows);
    }

    assertThat(Oracle.python("describe.py", folder).strip())
        .isEqualTo("(380000.0, 10.0, 0.0, 3740000.0, 0.0, -10.0) 0.0 a<b VH 32611 360000");
  }
}
