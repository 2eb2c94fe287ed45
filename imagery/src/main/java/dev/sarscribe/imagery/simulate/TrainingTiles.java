package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PngCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Writes labelled tiles to train on, each from a scene of its own: {@code tiles/*.png}, masks of
 * the same names in {@code landcover/} (see {@link LandCover}), and {@code coco.json}.
 */
public final class TrainingTiles {
  /** Kinds in rotation, so that all classes occur about equally often, among them empty tiles. */
  private static final List<SceneKind> ROTATION =
      List.of(
          SceneKind.OPEN_SEA,
          SceneKind.AIRPORT,
          SceneKind.COAST,
          SceneKind.INDUSTRIAL,
          SceneKind.CITY,
          SceneKind.RIVER,
          SceneKind.VEHICLE_PARK,
          SceneKind.FARMLAND,
          SceneKind.AIRPORT,
          SceneKind.COAST,
          SceneKind.INDUSTRIAL,
          SceneKind.FOREST,
          SceneKind.RIVER,
          SceneKind.MIXED,
          SceneKind.VEHICLE_PARK,
          SceneKind.OPEN_SEA);

  private TrainingTiles() {}

  /**
   * Writes tiles into a folder that is created if need be. The same arguments give the same files.
   *
   * @param count how many, at least one
   * @param size edge of a tile in pixels
   * @throws IOException if a file cannot be written
   */
  public static void write(int count, int size, long seed, Path dir, ProgressListener listener)
      throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException("tiles to write: " + count);
    }
    Path tiles = Files.createDirectories(dir.resolve("tiles"));
    Path masks = Files.createDirectories(dir.resolve("landcover"));
    AtomicInteger done = new AtomicInteger();
    List<CocoWriter.Image> images;
    try {
      images =
          IntStream.range(0, count)
              .parallel()
              .mapToObj(
                  i -> {
                    CocoWriter.Image image = tile(spec(i, size, seed), i, tiles, masks);
                    synchronized (listener) {
                      listener.progress(done.incrementAndGet(), count);
                    }
                    return image;
                  })
              .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    CocoWriter.write(dir.resolve("coco.json"), images);
  }

  /** The scene behind a tile. */
  static SceneSpec spec(int index, int size, long seed) {
    SceneKind kind = ROTATION.get(index % ROTATION.size());
    SplittableRandom random = new SplittableRandom(Noise.hash(seed, index, 6));
    double spacing =
        switch (kind) {
          case AIRPORT -> logUniform(random, 0.8, 2.4);
          case VEHICLE_PARK -> logUniform(random, 0.3, 1);
          case INDUSTRIAL -> logUniform(random, 1, 8);
          case RIVER -> logUniform(random, 2, 12);
          case OPEN_SEA, COAST -> logUniform(random, 2.5, 14);
          case CITY -> logUniform(random, 1.5, 16);
          default -> logUniform(random, 4, 16);
        };
    double looks = spacing < 5 ? random.nextDouble(1.2, 5) : random.nextDouble(2, 6);
    return new SceneSpec(size, size, random.nextLong(), spacing, kind, looks);
  }

  private static double logUniform(SplittableRandom random, double low, double high) {
    return low * Math.exp(random.nextDouble() * Math.log(high / low));
  }

  private static CocoWriter.Image tile(SceneSpec spec, int index, Path tiles, Path masks) {
    SceneRenderer renderer = new SceneRenderer(spec);
    Band band = renderer.render(0, spec.height());
    SplittableRandom random = new SplittableRandom(spec.seed() + 9);
    float[] sigma0 = random.nextInt(4) == 0 ? band.vh() : band.vv();
    byte[] pixels =
        TileLook.random(random).apply(sigma0, spec.width(), spec.height(), spec.looks());
    String name = "sim-%05d.png".formatted(index);
    try {
      writePng(tiles.resolve(name), spec, pixels);
      writePng(masks.resolve(name), spec, band.cover());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new CocoWriter.Image(name, spec.width(), spec.height(), renderer.truth());
  }

  private static void writePng(Path file, SceneSpec spec, byte[] pixels) throws IOException {
    String id = file.getFileName().toString();
    Files.write(file, PngCodec.encode(new TileImage(id, spec.width(), spec.height(), pixels)));
  }
}
