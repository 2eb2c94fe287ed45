package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.ProductInfo;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What every input must keep to, however hostile: a product opens, tells its metadata and gives
 * finite pixels of the size that was asked for, or a {@link SceneException} says why not in a short
 * message that starts with the file's name. Anything else that is thrown is a finding.
 */
final class Contract {
  private static final int EDGE = 64;

  /** Names and words of a product end up in messages of Kafka, so none may be of any length. */
  private static final int MAX_TEXT = 4096;

  private Contract() {}

  /** Opens a product and looks at all of it that costs little; empty if it could be used. */
  static Optional<SceneException.Reason> outcome(Path product) {
    try (Product p = Products.open(product)) {
      requireSane(p.info());
      List<Scene> scenes = p.scenes();
      look(scenes.get(0));
      if (scenes.size() > 1) {
        look(scenes.get(scenes.size() - 1));
      }
      return Optional.empty();
    } catch (SceneException e) {
      requireNamed(e, product);
      return Optional.of(e.reason());
    }
  }

  static void requireNamed(SceneException e, Path file) {
    require(e.getMessage().startsWith(file.getFileName() + ": "), "unnamed: " + e.getMessage());
    require(e.getMessage().length() <= MAX_TEXT, "a message of " + e.getMessage().length());
  }

  private static void requireSane(ProductInfo info) {
    for (Optional<String> text :
        List.of(
            Optional.of(info.acquisitionId()),
            Optional.of(info.productId()),
            info.platform(),
            info.instrumentMode(),
            info.productType(),
            info.orbitState(),
            info.footprintGeoJson(),
            info.attribution(),
            info.licence())) {
      require(text.map(String::length).orElse(0) <= MAX_TEXT, "endless metadata");
    }
    // The wire carries milliseconds, and numbers that JSON can write.
    require(info.startTime().map(Contract::isOfOurEra).orElse(true), "starts never");
    require(info.endTime().map(Contract::isOfOurEra).orElse(true), "ends never");
    require(info.gsdM().map(Double::isFinite).orElse(true), "gsd of " + info.gsdM());
    require(!info.footprintGeoJson().orElse("").contains("NaN"), "footprint without place");
  }

  private static boolean isOfOurEra(Instant t) {
    return !t.isBefore(Instant.parse("0000-01-01T00:00:00Z"))
        && t.isBefore(Instant.parse("9999-12-31T23:59:59.999Z"));
  }

  /** The four corners and the middle, a few pixels each, and what a tile asks of its scene. */
  private static void look(Scene s) throws SceneException {
    int width = Math.min(EDGE, s.width());
    int height = Math.min(EDGE, s.height());
    for (int x : places(s.width() - width)) {
      for (int y : places(s.height() - height)) {
        Window w = new Window(x, y, width, height);
        float[] pixels = s.read(w);
        require(pixels.length == w.area(), "pixels of another size");
        for (float v : pixels) {
          require(!Float.isInfinite(v), "an infinite pixel");
        }
        s.geolocation().ifPresent(g -> Footprints.geoJson(g, w));
        s.incidenceAngleDeg(x, y);
      }
    }
    require(s.pixelSpacingM().map(m -> Double.isFinite(m[0] + m[1])).orElse(true), "spacing");
  }

  private static int[] places(int last) {
    return IntStream.of(0, last / 2, last).distinct().toArray();
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new AssertionError(otherwise);
    }
  }

  /** A folder for the files that readers open, deleted when this process ends. */
  static Path folder() {
    try {
      Path folder = Files.createTempDirectory("sarscribe-fuzz-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, byte[] data) {
    try {
      Files.deleteIfExists(file); // emptying a file costs ext4 a write to the disk, a new one none
      return Files.write(file, data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
