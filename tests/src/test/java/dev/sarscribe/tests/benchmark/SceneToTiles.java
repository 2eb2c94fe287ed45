package dev.sarscribe.tests.benchmark;

import com.github.luben.zstd.Zstd;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.TileGrid;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.NormalisedBand;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Recipes;
import dev.sarscribe.imagery.radiometry.Stretch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

/**
 * From a product to encoded tiles, without Kafka: opens one polarization, estimates its stretch,
 * and takes it band by band through a recipe to tiles of 512 x 512, each compressed as the broker
 * will compress it. Everything is timed, opening and estimating too.
 *
 * <p>Arguments: product, recipe, threads, repetitions. Prints one line per repetition: rate, time,
 * CPU time, the largest resident memory of the process so far, and sums by which two runs can be
 * seen to have done the same work.
 */
public final class SceneToTiles {
  private static final int TILE = 512;

  /** What one thread did. */
  private record Work(int tiles, long pixelSum, long encodedBytes, long crcSum) {
    Work plus(Work w) {
      return new Work(
          tiles + w.tiles, pixelSum + w.pixelSum, encodedBytes + w.encodedBytes, crcSum + w.crcSum);
    }
  }

  private SceneToTiles() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      System.err.println("usage: SceneToTiles PRODUCT RECIPE THREADS REPETITIONS");
      System.exit(2);
    }
    Path path = Path.of(args[0]);
    Recipe recipe = Recipes.named(args[1]);
    int threads = Integer.parseInt(args[2]);
    for (int i = 0; i < Integer.parseInt(args[3]); i++) {
      long cpu = cpuNanos();
      long start = System.nanoTime();
      long pixels;
      Work work;
      try (Product product = Products.open(path)) {
        Scene scene = product.scenes().get(0);
        pixels = (long) scene.width() * scene.height();
        work = run(scene, recipe, threads);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          Locale.ROOT,
          "%s java %s, %d threads: %.1f MPix/s, %.2f s, %.2f s of CPU, peak %d MiB; %d tiles, pixel"
              + " sum %d, %d bytes encoded, checksum %x%n",
          recipe.name(),
          Runtime.version().feature(),
          threads,
          pixels / seconds / 1e6,
          seconds,
          (cpuNanos() - cpu) / 1e9,
          peakMebibytes(),
          work.tiles,
          work.pixelSum,
          work.encodedBytes,
          work.crcSum);
    }
  }

  private static Work run(Scene scene, Recipe recipe, int threads) throws Exception {
    Stretch stretch = recipe.estimate(scene);
    TileGrid grid = new TileGrid(scene.width(), scene.height(), TILE);
    AtomicInteger next = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Work>> parts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        parts.add(
            pool.submit(
                () -> {
                  Work done = new Work(0, 0, 0, 0);
                  for (int b = next.getAndIncrement();
                      b < grid.bands();
                      b = next.getAndIncrement()) {
                    done = done.plus(band(scene, recipe, stretch, grid, b));
                  }
                  return done;
                }));
      }
      Work all = new Work(0, 0, 0, 0);
      for (Future<Work> part : parts) {
        all = all.plus(part.get());
      }
      return all;
    } finally {
      pool.shutdownNow();
    }
  }

  private static Work band(Scene scene, Recipe recipe, Stretch stretch, TileGrid grid, int band)
      throws SceneException {
    NormalisedBand normalised = recipe.apply(scene, grid.band(band), stretch);
    Work done = new Work(0, 0, 0, 0);
    for (int column = 0; column < grid.columns(); column++) {
      byte[] tile = normalised.cut(grid.tile(band, column));
      byte[] encoded = Zstd.compress(tile, 1);
      CRC32 crc = new CRC32();
      crc.update(tile);
      done = done.plus(new Work(1, sum(tile), encoded.length, crc.getValue()));
    }
    return done;
  }

  private static long sum(byte[] tile) {
    long sum = 0;
    for (byte b : tile) {
      sum += b & 0xFF;
    }
    return sum;
  }

  private static long cpuNanos() {
    var os = java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    return os instanceof com.sun.management.OperatingSystemMXBean sun ? sun.getProcessCpuTime() : 0;
  }

  private static long peakMebibytes() throws java.io.IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(l -> l.startsWith("VmHWM:"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(0);
  }
}
