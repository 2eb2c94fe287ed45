package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However nodata is told, it is NaN where it is and nowhere else. */
class NodataTest {
  private enum Told {
    VALUE,
    NAN,
    MASK_FILE,
    VALUE_AND_MASK_FILE
  }

  @TempDir Path folder;

  @Test
  void nodataNeverShowsAsAValueAndNeverChangesItsNeighbours() throws Exception {
    Random random = new Random(23);
    for (int i = 0; i < 200; i++) {
      Told told = Told.values()[i % 4];
      int width = 1 + random.nextInt(90);
      int height = 1 + random.nextInt(60);
      float[] values = new float[width * height];
      boolean[] hidden = new boolean[values.length];
      for (int p = 0; p < values.length; p++) {
        values[p] = -30 + random.nextInt(40); // decibels, zero among them
        hidden[p] = random.nextInt(3) == 0;
      }
      Path path = write(told, values, hidden, width, height, random);
      try (Product product = Products.open(path)) {
        for (int n = 0; n < 5; n++) {
          int x = random.nextInt(width);
          int y = random.nextInt(height);
          Window w =
              new Window(x, y, 1 + random.nextInt(width - x), 1 + random.nextInt(height - y));
          requireRead(product.scenes().get(0).read(w), w, values, hidden, width, told);
        }
      }
      Files.deleteIfExists(TiffRaster.maskFile(path));
    }
  }

  private static void requireRead(
      float[] read, Window w, float[] values, boolean[] hidden, int width, Told told) {
    float[] expected = new float[w.area()];
    for (int p = 0; p < expected.length; p++) {
      int at = (w.y() + p / w.width()) * width + w.x() + p % w.width();
      expected[p] = hidden[at] ? Float.NaN : values[at];
    }
    assertThat(Arrays.mismatch(read, expected)).as("%s told by %s", w, told).isEqualTo(-1);
  }

  private Path write(
      Told told, float[] values, boolean[] hidden, int width, int height, Random random)
      throws Exception {
    Path path = folder.resolve("scene_dB.tif");
    float[] stored = values.clone();
    byte[] mask = new byte[values.length];
    for (int p = 0; p < stored.length; p++) {
      boolean masked = hidden[p] && told == Told.MASK_FILE;
      // told twice, each tells of some
      masked |= hidden[p] && told == Told.VALUE_AND_MASK_FILE && random.nextBoolean();
      mask[p] = (byte) (masked ? 0 : 255);
      if (hidden[p] && !masked) {
        stored[p] = told == Told.NAN ? Float.NaN : -99;
      }
    }
    GeoTiffWriter.Builder builder =
        GeoTiffWriter.builder(path, width, height).sampleType(SampleType.FLOAT32).deflate(true);
    if (told == Told.NAN) {
      builder.nodata(Double.NaN);
    } else if (told != Told.MASK_FILE) {
      builder.nodata(-99);
    }
    try (GeoTiffWriter w = builder.open()) {
      w.writeRows(stored);
    }
    if (told == Told.MASK_FILE || told == Told.VALUE_AND_MASK_FILE) {
      try (GeoTiffWriter w =
          GeoTiffWriter.builder(TiffRaster.maskFile(path), width, height).open()) {
        w.writeRows(mask);
      }
    }
    return path;
  }
}
