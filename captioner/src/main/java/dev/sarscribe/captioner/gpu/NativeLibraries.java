package dev.sarscribe.captioner.gpu;

import com.sun.jna.NativeLibrary;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.Redistributable.Library;
import dev.sarscribe.captioner.gpu.Redistributable.Loading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Loads the libraries of the GPU engines into this process, with their symbols open to all: DJL's
 * TensorRT library uses CUDA's runtime without naming it, and ends the process where it is not
 * there already. A library that the folder lacks is taken from where the system finds it.
 * Thread-safe.
 */
public final class NativeLibraries {
  /** Held for ever: JNA unloads a library that nothing refers to. */
  private static final Map<String, NativeLibrary> LOADED = new HashMap<>();

  private NativeLibraries() {}

  /**
   * Loads what an engine needs before it is loaded itself.
   *
   * @throws CaptionerException naming the library that is missing or does not load, and why
   */
  public static void load(GpuEngine engine, GpuFolder folder) throws CaptionerException {
    load(engine, folder, List.of(Loading.FIRST));
  }

  /** The same, and what compiling a graph needs. */
  static void loadToCompile(GpuEngine engine, GpuFolder folder) throws CaptionerException {
    load(engine, folder, List.of(Loading.FIRST, Loading.TO_COMPILE));
  }

  private static void load(GpuEngine engine, GpuFolder folder, List<Loading> which)
      throws CaptionerException {
    for (Redistributable archive : engine.redistributables()) {
      for (Library library : archive.libraries()) {
        if (which.contains(library.loading())) {
          load(engine, folder.place(archive).resolve(library.name()));
        }
      }
    }
  }

  private static void load(GpuEngine engine, Path file) throws CaptionerException {
    String name = file.getFileName().toString();
    try {
      open(Files.exists(file) ? file.toString() : name);
    } catch (UnsatisfiedLinkError e) {
      throw new CaptionerException(
          "%s does not load: %s; `sarscribe gpu install --engine %s` brings it"
              .formatted(name, reason(e), engine.engineName()),
          e);
    }
  }

  /** Opens a library by its path, or by its name where the system looks for libraries. */
  static synchronized NativeLibrary open(String nameOrPath) {
    return LOADED.computeIfAbsent(nameOrPath, NativeLibrary::getInstance);
  }

  /** The dynamic linker's own sentence; JNA puts a line before it. */
  static String reason(UnsatisfiedLinkError e) {
    List<String> lines = e.getMessage().lines().map(String::strip).toList();
    return lines.get(Math.min(1, lines.size() - 1));
  }

  /**
   * Has NVIDIA's libraries compute fp32 as fp32: from Ampere on they shorten factors to 10 bits
   * otherwise, and provenance would be wrong. A choice that the user made in the environment stays.
   * Called before the libraries are used.
   */
  public static void choose(Precision precision) {
    if (precision == Precision.FP32) {
      NativeLibrary.getProcess()
          .getFunction("setenv")
          .invokeInt(new Object[] {"NVIDIA_TF32_OVERRIDE", "0", 0});
    }
  }
}
