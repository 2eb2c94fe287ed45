package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user reads who asks for a GPU where there is none, or for what runs on none. */
class GpuCaptionersTest {
  private static final Path EXPORT =
      Path.of("src/test/resources/dev/sarscribe/captioner/onnx/captioner-merged");

  @ParameterizedTest
  @EnumSource(GpuEngine.class)
  void anEngineThatWasAskedForDoesNotFallBackToTheCpu(GpuEngine engine) {
    assumeFalse(Files.exists(Path.of("/proc/driver/nvidia/version")), "this machine has a GPU");

    assertThatThrownBy(
            () -> GpuCaptioners.open(engine, TestModels.tiny(), EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .message()
        .startsWith("engine " + engine.engineName() + " cannot run here: ")
        .matches(text -> text.contains("NVIDIA driver") || text.contains("Linux on x86-64"))
        .hasLineCount(1);
  }

  @ParameterizedTest
  @EnumSource(GpuEngine.class)
  void anExportedCaptionerIsRefusedBeforeTheGpuIsAsked(GpuEngine engine) {
    assertThatThrownBy(
            () -> GpuCaptioners.open(engine, LocalModel.open(EXPORT), EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .hasMessage(refusal(engine));
  }

  @Test
  void noPlanIsBuiltOfAnExportedCaptioner(@TempDir Path folder) {
    assertThatThrownBy(
            () ->
                GpuCaptioners.buildPlans(
                    LocalModel.open(EXPORT), Precision.FP32, new GpuFolder(folder)))
        .isInstanceOf(CaptionerException.class)
        .hasMessage(refusal(GpuEngine.TENSORRT));
  }

  private static String refusal(GpuEngine engine) {
    return "model %s has no graphs of fixed shapes, which engine %s needs"
            .formatted(EXPORT, engine.engineName())
        + ": exports of Hugging Face Optimum run on engine onnxruntime";
  }
}
