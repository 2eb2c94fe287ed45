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

  @Test
  void halfPrecisionIsRefusedWhereAnEngineHasNoSwitchForIt() {
    EngineOptions half = EngineOptions.defaults().withPrecision(Precision.FP16);

    for (String engine : List.of("onnxruntime", "onnxruntime-cuda")) {
      assertThatThrownBy(() -> Engines.open(engine, new ModelSource.Folder(tiny(), half)))
          .isInstanceOf(CaptionerException.class)
          .hasMessageStartingWith("engine " + engine + " computes in the precision of the model's")
          .hasMessageContaining("not in fp16: that can tensorrt");
    }
  }

  @Test
  void limitsOutsideOfReasonAreRefused() {
    assertThatThrownBy(() -> new EngineOptions(0, 64, Precision.FP32))
        .hasMessageContaining("threads is 0");
    assertThatThrownBy(() -> new EngineOptions(1, 0, Precision.FP32))
        .hasMessageContaining("maxSequences is 0");
  }
}
