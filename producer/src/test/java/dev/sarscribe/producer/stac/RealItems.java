package dev.sarscribe.producer.stac;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Real STAC items beside the project, where a developer keeps them. */
final class RealItems {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ROOT =
      Path.of(System.getProperty("sarscribe.root", "."), "..", "shared", "data", "stac");

  private RealItems() {}

  /** The folder of a publisher's items; the test is skipped where it is absent. */
  static Path folder(String name) {
    assumeTrue(Files.isDirectory(ROOT), "real STAC items are absent");
    return ROOT.resolve(name);
  }

  /** Every item below a folder. */
  static List<Path> items(String folder) throws IOException {
    try (var files = Files.walk(folder(folder))) {
      return files.filter(f -> f.toString().endsWith(".json") && isItem(f)).sorted().toList();
    }
  }

  static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new AssertionError(file + " is not JSON", e);
    }
  }

  private static boolean isItem(Path file) {
    return read(file).path("type").asText("").equals("Feature");
  }
}
