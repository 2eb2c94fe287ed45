package dev.sarscribe.captioner.onnx;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.gpu.GpuDevice;
import dev.sarscribe.captioner.gpu.GpuEngine;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/**
 * The contract on a GPU, fp32, with every text compared with the CPU's. A JVM can load the
 * libraries of one engine, so that {@code -Dsarscribe.test.gpu=ENGINE} says which: {@code
 * tests/benchmarks/gpu.sh} runs them all.
 */
@Tag("gpu")
class GpuCaptionerTest {
  private static final String CHOICE = "sarscribe.test.gpu";

  private static Captioner openOnGpu(ModelFolder folder) throws CaptionerException {
    String choice = System.getProperty(CHOICE, "");
    assumeTrue(
        !choice.isEmpty(),
        "no GPU engine was chosen: on a machine with an NVIDIA GPU, run mvn -pl captioner -am test"
            + " -Dtest='GpuCaptionerTest*' -Dsurefire.failIfNoSpecifiedTests=false -D"
            + (CHOICE + "=ENGINE, or tests/benchmarks/gpu.sh for all engines"));
    GpuEngine engine = GpuEngine.named(choice).orElseThrow();
    try {
      GpuDevice.detect();
    } catch (CaptionerException e) {
      abort("engine " + choice + " cannot be tested here: " + e.getMessage());
    }
    return GpuCaptioners.open(engine, folder, EngineOptions.defaults());
  }

  @Nested
  class OnTheTinyModel extends FixedCaptionerContractTest {
    @Override
    ModelFolder folder() throws CaptionerException {
      return TestModels.tiny();
    }

    @Override
    protected Captioner open() throws CaptionerException {
      return openOnGpu(folder());
    }
  }

  @Nested
  class OnTheDefaultModel extends FixedCaptionerContractTest {
    @Override
    ModelFolder folder() throws CaptionerException {
      return ModelFolder.open(TestModels.folder("default"));
    }

    @Override
    protected Captioner open() throws CaptionerException {
      return openOnGpu(folder());
    }
  }
}
