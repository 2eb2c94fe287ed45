package dev.sarscribe.tests;

import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** Small GeoTIFFs for pipeline tests. */
final class Scenes {
  private Scenes() {}

  /** Speckle with bright blobs, amplitude in uint16, UTM zone 31 north. */
  static Path amplitude(Path file, int width, int height, long seed) throws IOException {
    Random random = new Random(seed);
    return write(
        file,
        width,
        height,
        (x, y) -> {
          double blob = Math.sin(x / 37.0 + seed) * Math.cos(y / 53.0) > 0.9 ? 900 : 0;
          return (short) (1 + blob + 120 * Math.sqrt(-Math.log(1 - random.nextDouble())));
        });
  }

  static Path nodata(Path file, int width, int height) throws IOException {
    return write(file, width, height, (x, y) -> (short) 0);
  }

  /** A simulated two-polarization Sentinel-1 product; returns its folder. */
  static Path safe(Path directory, long seed) throws IOException {
    Path truth = directory.resolveSibling("truth");
    return SceneSimulator.writeSafe(
        SceneSpec.sentinel1(700, 600, seed, SceneKind.COAST),
        directory,
        truth,
        ProgressListener.NONE);
  }

  private interface Pixel {
    short at(int x, int y);
  }

  private static Path write(Path file, int width, int height, Pixel pixel) throws IOException {
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(file, width, height)
            .sampleType(SampleType.UINT16)
            .bands(1)
            .epsg(32631)
            .affine(500_000, 4_649_776, 10, -10)
            .nodata(0)
            .open()) {
      short[] row = new short[width];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = pixel.at(x, y);
        }
        writer.writeRows(row);
      }
    }
    return file;
  }
}
