package dev.sarscribe.captioner.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.gpu.ChildJvm;
import dev.sarscribe.captioner.gpu.GpuDevice;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import dev.sarscribe.captioner.gpu.NativeLibraries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Whether an engine runs on this machine's GPU: first the driver and its devices, then each
 * library, then the engine, all in JVMs of their own, as any CUDA error ends its process.
 */
public final class GpuProbe {
  /** The first load reads gigabytes of libraries from the disk. */
  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** What was found usable stays so while the process lives. */
  private static final Map<GpuEngine, Found> FOUND = new EnumMap<>(GpuEngine.class);

  private GpuProbe() {}

  /**
   * An engine that runs.
   *
   * @param device that it runs on
   * @param version of the runtime, for instance {@code 8.6.1}
   */
  record Found(GpuDevice device, String version) {}

  /**
   * Probes an engine, once for the process if it is usable. Thread-safe.
   *
   * @throws CaptionerException with one line that says what is missing and what to do
   */
  static synchronized Found probe(GpuEngine engine, GpuFolder folder) throws CaptionerException {
    Found known = FOUND.get(engine);
    if (known != null) {
      return known;
    }
    GpuDevice device = GpuDevice.detect();
    List<String> arguments = List.of(engine.engineName(), folder.root().toString());
    ChildJvm child = new ChildJvm(GpuProbe.class, arguments, List.of(), Map.of(), LIMIT);
    Found found = new Found(device, child.run());
    FOUND.put(engine, found);
    return found;
  }

  /** The child's side: loads the engine. */
  public static void main(String[] arguments) throws IOException {
    ChildJvm.answer(
        arguments,
        () -> {
          GpuEngine engine = GpuEngine.named(arguments[1]).orElseThrow();
          return version(engine, new GpuFolder(Path.of(arguments[2])));
        });
  }

  private static String version(GpuEngine engine, GpuFolder folder) throws CaptionerException {
    NativeLibraries.load(engine, folder);
    if (engine == GpuEngine.TENSORRT) {
      return DjlRuntime.tensorRt().getVersion();
    }
    OnnxGpu.load(engine, folder);
    try {
      // Making the options loads the provider's library, and with it all that it links with.
      OnnxGpu.options(engine, EngineOptions.defaults(), folder.engineCache()).close();
      return OrtEnvironment.getEnvironment().getVersion();
    } catch (OrtException e) {
      throw new CaptionerException("ONNX Runtime does not load CUDA: " + e.getMessage(), e);
    }
  }
}
