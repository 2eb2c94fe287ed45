package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.gpu.GpuEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user reads who asks for a GPU where there is none. */
class GpuCaptionersTest {
  @BeforeEach
  void requireNoGpu() {
    assumeFalse(Files.exists(Path.of("/proc/driver/nvidia/version")), "this machine has a GPU");
  }

  @ParameterizedTest
  @EnumSource(GpuEngine.class)
  void anEngineThatWasAskedForDoesNotFallBackToTheCpu(GpuEngine engine) {
    assertThatThrownBy(
            () -> GpuCaptioners.open(engine, TestModels.tiny(), EngineOptions.defaults()))
        .isInstanceOf(CaptionerException.class)
        .message()
        .startsWith("engine " + engine.engineName() + " cannot run here: ")
        .matches(text -> text.contains("NVIDIA driver") || text.contains("Linux on x86-64"))
        .hasLineCount(1);
  }
}
