package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on graphs of fixed shapes with random weights. */
class FixedTinyModelTest extends FixedCaptionerContractTest {
  @Override
  ModelFolder folder() throws CaptionerException {
    return TestModels.tiny();
  }

  @Test
  void aFolderWithoutSuchGraphsIsRefusedWithTheCommandThatWritesThem(@TempDir Path copy)
      throws Exception {
    copyWithoutFixedGraphs(copy);

    assertThatThrownBy(() -> FixedSarVlm.requireFixed(ModelFolder.open(copy), "tensorrt"))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("engine tensorrt needs")
        .hasMessageContaining("sarvlm.fixed");
  }

  private static void copyWithoutFixedGraphs(Path copy) throws IOException {
    Path tiny = TestModels.folder("tiny");
    for (String name :
        List.of("encoder.onnx", "encoder_int8.onnx", "decoder.onnx", "tokenizer.json")) {
      Files.copy(tiny.resolve(name), copy.resolve(name));
    }
    String manifest = Files.readString(tiny.resolve("manifest.json"));
    Files.writeString(
        copy.resolve("manifest.json"),
        manifest
            .replaceAll(",\\s*\"(encoder|answers|captions)_fixed.onnx\": \"[0-9a-f]+\"", "")
            .replace("\"fixed\"", "\"unread\""));
  }
}
