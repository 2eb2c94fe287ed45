package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.Probe;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.VisionEncoderDecoder;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Captions with ONNX Runtime on the CPU, with a model of any family. Not thread-safe: one instance
 * per worker.
 */
public final class OnnxRuntimeCaptioner implements Captioner {
  /** As the configuration spells it. */
  static final String NAME = "onnxruntime";

  private final Family family;
  private final ModelInfo info;
  private boolean closed;

  private OnnxRuntimeCaptioner(LocalModel model, Family family) {
    this.family = family;
    this.info =
        new ModelInfo(
            model.name(), model.version(), model.digest(), NAME, "cpu", model.precision());
  }

  /**
   * Loads the model and describes one synthetic tile with it.
   *
   * @throws CaptionerException if the native libraries do not load here, or if the model does not
   *     load or run
   */
  public static OnnxRuntimeCaptioner open(LocalModel model, EngineOptions options)
      throws CaptionerException {
    requireFp32(NAME, options);
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Family family = load(model, options, opened);
      OnnxRuntimeCaptioner captioner = new OnnxRuntimeCaptioner(model, family);
      Probe.run(captioner, family.tileSize(), "model " + model.path());
      return captioner;
    } catch (CaptionerException e) {
      Failures.closeAll(opened, e);
      throw e;
    } catch (RuntimeException e) {
      Failures.closeAll(opened, e);
      throw new CaptionerException("model %s does not run: %s".formatted(model.path(), e), e);
    }
  }

  private static Family load(LocalModel model, EngineOptions options, List<AutoCloseable> opened)
      throws CaptionerException {
    GraphLoader loader = OnnxLoader.cpu(options.threads());
    if (model instanceof VisionEncoderDecoder export) {
      return ImageToText.open(export, options, loader, opened);
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

  @Override
  public ModelInfo model() {
    return info;
  }

  @Override
  public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException {
    if (closed) {
      throw new IllegalStateException("the captioner is closed");
    }
    int tilesAtOnce = family.tilesAtOnce(prompts);
    List<Outcome> described = new ArrayList<>(tiles.size());
    for (int from = 0; from < tiles.size(); from += tilesAtOnce) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + tilesAtOnce));
      try {
        described.addAll(family.describe(part, prompts));
      } catch (TranslateException | EngineException e) {
        throw Failures.ofBatch(NAME, part, e);
      }
    }
    return described;
  }

  @Override
  public Usage usage() {
    return family.usage();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      family.close();
    }
  }
}
