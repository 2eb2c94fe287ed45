package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;

/** The model folders of the repository. */
final class TestModels {
  private TestModels() {}

  static Path folder(String name) {
    return Path.of(System.getProperty("sarscribe.root"), "models", name);
  }

  static boolean defaultModelExists() {
    return Files.exists(folder("default").resolve("manifest.json"));
  }

  static ModelFolder tiny() throws CaptionerException {
    return ModelFolder.open(folder("tiny"));
  }
}
