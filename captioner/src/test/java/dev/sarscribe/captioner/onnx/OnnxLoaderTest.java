package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxLoaderTest {
  @TempDir private Path folder;

  private Path file(int before, String text) throws IOException {
    byte[] bytes = new byte[before + text.length() + 5];
    System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, bytes, before, text.length());
    return Files.write(folder.resolve("graph.onnx"), bytes);
  }

  /** Around the places where one read ends and the next begins. */
  @ParameterizedTest
  @ValueSource(ints = {0, 65_529, 65_533, 65_536, 131_063, 131_064, 131_069, 200_000})
  void anOperatorIsFoundWhereverItStands(int before) throws Exception {
    assertThat(OnnxLoader.mentions(file(before, "Attention"), "Attention")).isTrue();
  }

  @Test
  void anotherOperatorIsNotFound() throws Exception {
    assertThat(OnnxLoader.mentions(file(65_530, "Attentiom"), "Attention")).isFalse();
    assertThat(OnnxLoader.mentions(file(0, ""), "Attention")).isFalse();
  }

  @Test
  void aFileThatIsMissingIsNamed() {
    Path missing = folder.resolve("missing.onnx");

    assertThatThrownBy(() -> OnnxLoader.mentions(missing, "Attention"))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith(missing + " cannot be read: ");
  }
}
