package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on the graphs of fixed shapes that are shipped. */
@EnabledIf("modelExists")
class FixedDefaultModelTest extends FixedCaptionerContractTest {
  static boolean modelExists() {
    return TestModels.defaultModelExists();
  }

  @Override
  ModelFolder folder() throws CaptionerException {
    return ModelFolder.open(TestModels.folder("default"));
  }
}
