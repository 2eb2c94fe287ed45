package dev.sarscribe.captioner.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import dev.sarscribe.captioner.gpu.Redistributable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** ONNX Runtime with its CUDA and TensorRT providers. */
final class OnnxGpu {
  /** ONNX Runtime's own property: where its libraries are, instead of in its jar. */
  private static final String LIBRARIES = "onnxruntime.native.path";

  private static final String RUNTIME = "onnxruntime_gpu";

  /** Enough for any tactic of a model of this size, and a small part of any GPU's memory. */
  private static final long WORKSPACE_BYTES = 1L << 30;

  private OnnxGpu() {}

  /**
   * Loads ONNX Runtime in the flavour for GPUs. A process has one ONNX Runtime: once that of the
   * CPU is there, it stays.
   *
   * @throws CaptionerException if this process has, or can only load, one without CUDA
   */
  static void load(GpuEngine engine, GpuFolder folder) throws CaptionerException {
    for (Redistributable archive : engine.redistributables()) {
      if (archive.artifact().equals(RUNTIME) && Files.isDirectory(folder.place(archive))) {
        DjlRuntime.setIfAbsent(LIBRARIES, folder.place(archive).toString());
      }
    }
    DjlRuntime.engine();
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw new CaptionerException(
          "the ONNX Runtime of this process has no CUDA: `sarscribe gpu install --engine %s` brings"
                  .formatted(engine.engineName())
              + " one that has, for processes that open no other engine before");
    }
  }

  /**
   * What a session is opened with.
   *
   * @param cache where compiled engines are kept: for one model, GPU and precision
   */
  static SessionOptions options(GpuEngine engine, EngineOptions options, Path cache)
      throws OrtException {
    SessionOptions session = new SessionOptions();
    session.setIntraOpNumThreads(options.threads());
    if (engine == GpuEngine.ONNXRUNTIME_TENSORRT) {
      try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(0)) {
        for (var entry : tensorRtSettings(options.precision(), cache).entrySet()) {
          tensorRt.add(entry.getKey(), entry.getValue());
        }
        session.addTensorrt(tensorRt);
      }
    }
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0)) {
      cuda.add("use_tf32", "0");
      session.addCUDA(cuda);
    }
    return session;
  }

  private static Map<String, String> tensorRtSettings(Precision precision, Path cache) {
    return Map.of(
        "trt_fp16_enable",
        precision == Precision.FP16 ? "1" : "0",
        "trt_engine_cache_enable",
        "1",
        "trt_engine_cache_path",
        cache.toString(),
        "trt_timing_cache_enable",
        "1",
        "trt_timing_cache_path",
        cache.toString(),
        "trt_max_workspace_size",
        Long.toString(WORKSPACE_BYTES));
  }
}
