package dev.sarscribe.captioner.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.remote.EndpointSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnginesTest {
  private static ModelFolder tiny() throws CaptionerException {
    return ModelFolder.open(Path.of(System.getProperty("sarscribe.root"), "models", "tiny"));
  }

  private static ModelSource folder() throws CaptionerException {
    return new ModelSource.Folder(tiny(), EngineOptions.defaults());
  }

  @Test
  void theDefaultEngineOpensByName() throws Exception {
    try (Captioner captioner =
        Engines.open(
            Engines.DEFAULT,
            new ModelSource.Folder(tiny(), EngineOptions.defaults().withThreads(2)))) {
      assertThat(captioner.model().engine()).isEqualTo(Engines.DEFAULT);
    }
  }

  @Test
  void anUnknownEngineIsRefusedWithThoseKnown() {
    assertThatThrownBy(() -> Engines.open("onyx", folder()))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("onyx")
        .hasMessageContaining("onnxruntime")
        .hasMessageContaining("remote");
  }

  @Test
  void anEngineRefusesASourceThatItCannotUse() {
    var endpoint =
        new ModelSource.Endpoint(EndpointSettings.of(URI.create("http://localhost:1/v1")));

    assertThatThrownBy(() -> Engines.open(Engines.DEFAULT, endpoint))
        .isInstanceOf(CaptionerException.class)
        .hasMessage("engine onnxruntime needs a model folder");
    assertThatThrownBy(() -> Engines.open(Engines.REMOTE, folder()))
        .isInstanceOf(CaptionerException.class)
        .hasMessage("engine remote needs an endpoint");
  }

  @Test
  void aProbeReportsEveryEngineInOneLine() {
    List<EngineReport> reports = Engines.probe();

    assertThat(reports)
        .extracting(EngineReport::name)
        .containsExactly(
            "onnxruntime", "onnxruntime-cuda", "onnxruntime-tensorrt", "tensorrt", "remote")
        .containsExactlyElementsOf(Engines.names());
    assertThat(reports).allSatisfy(report -> assertThat(report.detail()).hasLineCount(1));
    assertThat(reports.get(0).usable()).isTrue();
    assertThat(reports.get(0).detail()).contains("ONNX Runtime 1.").contains("DJL 0.");
  }

  @ParameterizedTest
  @CsvSource({
    "onnxruntime, FP16, fp32 or int8",
    "onnxruntime-cuda, FP16, fp32",
    "onnxruntime-cuda, INT8, fp32",
    "onnxruntime-tensorrt, INT8, fp32 or fp16",
    "tensorrt, INT8, fp32 or fp16"
  })
  void aPrecisionThatAnEngineDoesNotHaveIsRefused(
      String engine, Precision precision, String possible) {
    EngineOptions options = EngineOptions.defaults().withPrecision(precision);

    assertThatThrownBy(() -> Engines.open(engine, new ModelSource.Folder(tiny(), options)))
        .isInstanceOf(CaptionerException.class)
        .hasMessage(
            "engine %s computes in %s, not in %s".formatted(engine, possible, precision.label()));
  }

  @Test
  void limitsOutsideOfReasonAreRefused() {
    assertThatThrownBy(() -> new EngineOptions(0, 64, Precision.FP32))
        .hasMessageContaining("threads is 0");
    assertThatThrownBy(() -> new EngineOptions(1, 0, Precision.FP32))
        .hasMessageContaining("maxSequences is 0");
  }
}
