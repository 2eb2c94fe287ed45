package dev.sarscribe.imagery.product;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Public SAR data beside the project, where a developer keeps them. */
final class RealData {
  private RealData() {}

  /** Where the scenes lie, if they are there. */
  static final Path ROOT =
      Path.of(System.getProperty("sarscribe.root", "."), "..", "shared", "data", "scenes");

  /** The folder of scenes; the test is skipped where it is absent. */
  static Path scenes() {
    assumeTrue(Files.isDirectory(ROOT), "real scenes are absent");
    return ROOT;
  }
}
