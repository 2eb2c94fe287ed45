package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerContractTest;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract with an encoder of integers, on a model with random weights. */
class OnnxRuntimeInt8Test extends CaptionerContractTest {
  private static final EngineOptions INT8 = EngineOptions.defaults().withPrecision(Precision.INT8);

  @TempDir private Path folder;

  @Override
  protected Captioner open() throws CaptionerException {
    return OnnxRuntimeCaptioner.open(TestModels.tiny(), INT8);
  }

  @Test
  void provenanceSaysThatIntegersWereUsed() {
    assertThat(captioner().model().precision()).isEqualTo("int8");
  }

  @Test
  void anExportedModelIsRefusedBecauseItHasNone() throws Exception {
    TinyExports.copy("florence-merged", folder);
    LocalModel export = LocalModel.open(folder);

    assertThatThrownBy(() -> OnnxRuntimeCaptioner.open(export, INT8))
        .isInstanceOf(CaptionerException.class)
        .hasMessageEndingWith("computes in fp32, not in int8");
  }
}
