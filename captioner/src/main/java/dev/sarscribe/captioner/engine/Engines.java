package dev.sarscribe.captioner.engine;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.onnx.GpuCaptioners;
import dev.sarscribe.captioner.onnx.OnnxRuntimeCaptioner;
import dev.sarscribe.captioner.remote.RemoteCaptioner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The engines, by the names that the configuration uses. An engine that was asked for by name is
 * the one that runs, or opening fails: there is no fallback. Thread-safe.
 */
public final class Engines {
  /** The name of the engine that needs nothing but a CPU. */
  public static final String DEFAULT = "onnxruntime";

  /** The name of the engine that asks a server; the only one that needs no model folder. */
  public static final String REMOTE = "remote";

  /** Adding an engine is adding a line. */
  private static final List<Engine> ENGINES =
      List.of(
          onFolder(DEFAULT, OnnxRuntimeCaptioner::open, OnnxRuntimeCaptioner::versions),
          gpu(GpuEngine.ONNXRUNTIME_CUDA),
          gpu(GpuEngine.ONNXRUNTIME_TENSORRT),
          gpu(GpuEngine.TENSORRT),
          new Engine(REMOTE, Engines::openRemote, () -> "for a server named by --endpoint"));

  /** Written by the NVIDIA kernel driver; reading it loads no library and touches no device. */
  private static final Path NVIDIA_DRIVER = Path.of("/proc/driver/nvidia/version");

  private Engines() {}

  /** The names that {@link #open} knows, in the order of the documentation. */
  public static List<String> names() {
    return ENGINES.stream().map(Engine::name).toList();
  }

  /**
   * Opens a captioner and has it describe one synthetic tile, so that what cannot work fails here.
   *
   * @throws CaptionerException if the name is unknown, the engine takes no such source, it does not
   *     load on this machine or the model does not run on it
   */
  public static Captioner open(String engine, ModelSource source) throws CaptionerException {
    for (Engine known : ENGINES) {
      if (known.name().equals(engine)) {
        return known.opener().open(source);
      }
    }
    throw new CaptionerException(
        "engine %s is unknown; known are %s".formatted(engine, String.join(", ", names())));
  }

  /**
   * One report per engine; loads the engines' libraries but no model, asks no server and never
   * throws. Those of a GPU are loaded in processes of their own, which takes some seconds.
   */
  public static List<EngineReport> probe() {
    List<EngineReport> reports = new ArrayList<>();
    for (Engine engine : ENGINES) {
      try {
        reports.add(new EngineReport(engine.name(), true, engine.versions().read()));
      } catch (CaptionerException e) {
        reports.add(new EngineReport(engine.name(), false, e.getMessage()));
      }
    }
    return reports;
  }

  /**
   * The NVIDIA driver's own description of itself, empty if none is loaded. A driver without a
   * usable engine changes nothing: the engines that use a GPU say so in {@link #probe}.
   */
  public static Optional<String> gpuDriver() {
    try {
      return Files.readString(NVIDIA_DRIVER, StandardCharsets.UTF_8)
          .lines()
          .findFirst()
          .map(String::strip);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Engine gpu(GpuEngine engine) {
    return onFolder(
        engine.engineName(),
        (model, options) -> GpuCaptioners.open(engine, model, options),
        () -> GpuCaptioners.versions(engine));
  }

  private record Engine(String name, Opener opener, Versions versions) {}

  private static Engine onFolder(String name, FolderOpener opener, Versions versions) {
    return new Engine(
        name,
        source -> {
          if (source instanceof ModelSource.Folder folder) {
            return opener.open(folder.model(), folder.options());
          }
          throw new CaptionerException("engine %s needs a model folder".formatted(name));
        },
        versions);
  }

  private static Captioner openRemote(ModelSource source) throws CaptionerException {
    if (source instanceof ModelSource.Endpoint endpoint) {
      return RemoteCaptioner.open(endpoint.settings());
    }
    throw new CaptionerException("engine %s needs an endpoint".formatted(REMOTE));
  }

  @FunctionalInterface
  private interface Opener {
    Captioner open(ModelSource source) throws CaptionerException;
  }

  @FunctionalInterface
  private interface FolderOpener {
    Captioner open(LocalModel model, EngineOptions options) throws CaptionerException;
  }

  @FunctionalInterface
  private interface Versions {
    String read() throws CaptionerException;
  }
}
