package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on the model that is shipped. */
@EnabledIf("modelExists")
class OnnxRuntimeDefaultModelTest extends CaptionerContractTest {
  static boolean modelExists() {
    return TestModels.defaultModelExists();
  }

  @Override
  protected Captioner open() throws CaptionerException {
    return OnnxRuntimeCaptioner.open(
        ModelFolder.open(TestModels.folder("default")), EngineOptions.defaults());
  }
}
