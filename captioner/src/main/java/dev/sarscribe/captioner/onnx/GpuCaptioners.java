package dev.sarscribe.captioner.onnx;

import ai.djl.engine.Engine;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import dev.sarscribe.captioner.gpu.NativeLibraries;
import dev.sarscribe.captioner.gpu.PlanBuilder;
import dev.sarscribe.captioner.gpu.PlanKey;
import dev.sarscribe.captioner.gpu.Plans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The engines that run on a GPU. All of them use a model's graphs of fixed shapes: with the
 * step-wise decoder the cache of keys and values would cross the bus for every token. A process
 * runs one of them, as their CUDA libraries have the same names and other versions. Thread-safe.
 */
public final class GpuCaptioners {
  private GpuCaptioners() {}

  /**
   * Opens a captioner on the GPU and has it describe one synthetic tile.
   *
   * @throws CaptionerException with one line that says what is missing and what to do
   */
  public static Captioner open(GpuEngine engine, LocalModel local, EngineOptions options)
      throws CaptionerException {
    ModelFolder model = FixedSarVlm.requireFixed(local, engine.engineName());
    options.requirePrecision(engine.engineName(), engine.precisions());
    GpuFolder folder = GpuFolder.standard();
    GpuProbe.Found found = require(engine, folder);
    NativeLibraries.choose(options.precision());
    NativeLibraries.load(engine, folder);
    PlanKey key = PlanKey.of(model, found.device(), found.version(), options.precision());
    GraphLoader loader =
        engine == GpuEngine.TENSORRT
            ? new PlanLoader(Plans.open(folder, key, model), DjlRuntime.tensorRt())
            : onnxLoader(engine, options, folder, key);
    return FamilyCaptioner.open(
        model.path(),
        info(engine, model, options, found),
        opened -> FixedSarVlm.open(model, loader, opened));
  }

  private static GpuProbe.Found require(GpuEngine engine, GpuFolder folder)
      throws CaptionerException {
    try {
      return GpuProbe.probe(engine, folder);
    } catch (CaptionerException e) {
      throw new CaptionerException(
          "engine %s cannot run here: %s".formatted(engine.engineName(), e.getMessage()), e);
    }
  }

  private static ModelInfo info(
      GpuEngine engine, ModelFolder model, EngineOptions options, GpuProbe.Found found) {
    return new ModelInfo(
        model.name(),
        model.version(),
        model.digest(),
        engine.engineName(),
        "gpu:0 " + found.device().name(),
        options.precision().label());
  }

  private static GraphLoader onnxLoader(
      GpuEngine engine, EngineOptions options, GpuFolder folder, PlanKey key)
      throws CaptionerException {
    OnnxGpu.load(engine, folder);
    Path cache = folder.engineCache().resolve(key.folderName());
    try {
      Files.createDirectories(cache);
    } catch (IOException e) {
      throw new CaptionerException("the folder %s cannot be made: %s".formatted(cache, e), e);
    }
    return new OnnxLoader(() -> OnnxGpu.options(engine, options, cache));
  }

  /**
   * Builds the plans that the engine {@code tensorrt} needs of a model on this machine's GPU,
   * unless they are there; takes minutes.
   *
   * @throws CaptionerException with one line that says what is missing and what to do
   */
  public static Plans buildPlans(LocalModel local, Precision precision, GpuFolder folder)
      throws CaptionerException {
    GpuEngine engine = GpuEngine.TENSORRT;
    ModelFolder model = FixedSarVlm.requireFixed(local, engine.engineName());
    EngineOptions.defaults()
        .withPrecision(precision)
        .requirePrecision(engine.engineName(), engine.precisions());
    GpuProbe.Found found = require(engine, folder);
    PlanKey key = PlanKey.of(model, found.device(), found.version(), precision);
    return PlanBuilder.build(folder, key, model);
  }

  /**
   * The runtime's version and the GPU, for people; loads the engine in a JVM of its own.
   *
   * @throws CaptionerException with one line that says what is missing and what to do
   */
  public static String versions(GpuEngine engine) throws CaptionerException {
    GpuProbe.Found found = GpuProbe.probe(engine, GpuFolder.standard());
    String runtime = engine == GpuEngine.TENSORRT ? "TensorRT" : "ONNX Runtime";
    return "%s %s, DJL %s, on %s"
        .formatted(runtime, found.version(), Engine.getDjlVersion(), found.device().description());
  }
}
