package dev.sarscribe.imagery.product;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Public SAR data beside the project, where a developer keeps them. */
final class RealData {
  private RealData() {}

  /** The folder of scenes; the test is skipped where it is absent. */
  static Path scenes() {
    Path path =
        Path.of(System.getProperty("sarscribe.root", "."), "..", "shared", "data", "scenes");
    assumeTrue(Files.isDirectory(path), "real scenes are absent");
    return path;
  }
}
