package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.imagery.TileImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** The exported models beside this test, which the scripts in {@code src/test/python} wrote. */
final class TinyExports {
  private TinyExports() {}

  /** Copies one to a folder, over what is there. */
  static void copy(String name, Path folder) throws IOException {
    Path source = Path.of("src/test/resources/dev/sarscribe/captioner/onnx").resolve(name);
    try (Stream<Path> files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /** What PyTorch generated with the same weights. */
  static JsonNode expected(Path folder) throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve("expected.json"))) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** The tile that the scripts make of the same numbers. */
  static TileImage tile(JsonNode entry) {
    int seed = entry.path("seed").asInt();
    int width = entry.path("width").asInt();
    int height = entry.path("height").asInt();
    byte[] pixels = new byte[width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (((i % width) * (7 + seed) ^ (i / width) * 13) + seed * 29);
    }
    return new TileImage("tile-" + seed, width, height, pixels);
  }

  /** Changes a text file, which must have what is replaced. */
  static void edit(Path file, String old, String replacement) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(old);
    Files.writeString(file, text.replace(old, replacement));
  }
}
