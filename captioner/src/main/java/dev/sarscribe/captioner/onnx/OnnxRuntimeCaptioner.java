package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.GpuEngine;
import java.util.List;

/** The engine {@code onnxruntime}: ONNX Runtime on the CPU, with a model of any family. */
public final class OnnxRuntimeCaptioner {
  /** As the configuration spells it. */
  static final String NAME = "onnxruntime";

  private OnnxRuntimeCaptioner() {}

  /**
   * Loads the model and describes one synthetic tile with it.
   *
   * @throws CaptionerException if the native libraries do not load here, or if the model does not
   *     load or run
   */
  public static Captioner open(LocalModel model, EngineOptions options) throws CaptionerException {
    requireFp32(NAME, options);
    ModelInfo info =
        new ModelInfo(
            model.name(), model.version(), model.digest(), NAME, "cpu", model.precision());
    return FamilyCaptioner.open(model.path(), info, opened -> load(model, options, opened));
  }

  private static Family load(LocalModel model, EngineOptions options, List<AutoCloseable> opened)
      throws CaptionerException {
    GraphLoader loader = OnnxLoader.cpu(options.threads());
    if (model instanceof ExportedModel export) {
      return Family.open(export, options, loader, opened);
    }
    return SarVlm.open((ModelFolder) model, options, loader, opened);
  }

  /** ONNX Runtime has no switch for it on the CPU and on CUDA: there the graphs decide. */
  static void requireFp32(String engine, EngineOptions options) throws CaptionerException {
    if (options.precision() != Precision.FP32) {
      throw new CaptionerException(
          "engine %s computes in the precision of the model's graphs, not in %s: that can %s and %s"
              .formatted(
                  engine,
                  options.precision().label(),
                  GpuEngine.TENSORRT.engineName(),
                  GpuEngine.ONNXRUNTIME_TENSORRT.engineName()));
    }
  }

  /** The versions behind this engine; loads its native libraries. */
  public static String versions() throws CaptionerException {
    return DjlRuntime.versions();
  }
}
