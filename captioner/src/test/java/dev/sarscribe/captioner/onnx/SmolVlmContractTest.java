package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import java.nio.file.Path;

/** The contract on a tiny exported model of this family. */
class SmolVlmContractTest extends CaptionerContractTest {
  @Override
  protected Captioner open() throws CaptionerException {
    Path folder = Path.of("src/test/resources/dev/sarscribe/captioner/onnx/smolvlm");
    return OnnxRuntimeCaptioner.open(LocalModel.open(folder), EngineOptions.defaults());
  }
}
