package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Precision;
import java.util.EnumSet;
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
    options.requirePrecision(NAME, EnumSet.of(Precision.FP32, Precision.INT8));
    String precision =
        options.precision() == Precision.FP32 ? model.precision() : options.precision().label();
    ModelInfo info =
        new ModelInfo(model.name(), model.version(), model.digest(), NAME, "cpu", precision);
    return FamilyCaptioner.open(model.path(), info, opened -> load(model, options, opened));
  }

  private static Family load(LocalModel model, EngineOptions options, List<AutoCloseable> opened)
      throws CaptionerException {
    GraphLoader loader = OnnxLoader.cpu(options.threads());
    if (model instanceof ExportedModel export) {
      options.requirePrecision(NAME + " with an exported model", EnumSet.of(Precision.FP32));
      return Family.open(export, options, loader, opened);
    }
    return SarVlm.open((ModelFolder) model, options, loader, opened);
  }

  /** The versions behind this engine; loads its native libraries. */
  public static String versions() throws CaptionerException {
    return DjlRuntime.versions();
  }
}
