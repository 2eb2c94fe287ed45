package dev.sarscribe.captioner.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the libraries of the GPU engines and what was compiled with them are: a folder of the user,
 * outside of any checkout. Immutable.
 *
 * @param root the folder, which need not exist
 */
public record GpuFolder(Path root) {
  /** Names another folder than the user's cache folder. */
  public static final String VARIABLE = "SARSCRIBE_GPU_DIR";

  public GpuFolder {
    root = root.toAbsolutePath().normalize();
  }

  /** The folder that the environment names, else {@code sarscribe/gpu} in XDG's cache folder. */
  public static GpuFolder standard() {
    String named = System.getenv(VARIABLE);
    if (named != null && !named.isBlank()) {
      return new GpuFolder(Path.of(named));
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return new GpuFolder(base.resolve("sarscribe").resolve("gpu"));
  }

  /** Where the libraries of an archive lie, or the archive itself if it is kept whole. */
  public Path place(Redistributable archive) {
    return archive.isKeptWhole()
        ? root.resolve("jars")
        : root.resolve(archive.artifact() + "-" + archive.version());
  }

  /** Whether everything of an archive is there, by name and size. */
  public boolean has(Redistributable archive) {
    if (archive.isKeptWhole()) {
      return isFile(place(archive).resolve(archive.fileName()), archive.bytes());
    }
    return archive.libraries().stream()
        .allMatch(library -> isFile(place(archive).resolve(library.name()), library.bytes()));
  }

  /** Whether everything that an engine needs is there. */
  public boolean has(GpuEngine engine) {
    return engine.redistributables().stream().allMatch(this::has);
  }

  /** The archives of an engine that are kept whole: the class path of its plan builder. */
  List<Path> jars(GpuEngine engine) {
    return engine.redistributables().stream()
        .filter(Redistributable::isKeptWhole)
        .map(archive -> place(archive).resolve(archive.fileName()))
        .toList();
  }

  /** Compiled plans, one folder for each model, GPU, TensorRT and precision. */
  public Path plans() {
    return root.resolve("plans");
  }

  /** What ONNX Runtime's TensorRT provider compiled. */
  public Path engineCache() {
    return root.resolve("engines");
  }

  private static boolean isFile(Path file, long bytes) {
    try {
      return Files.isRegularFile(file) && Files.size(file) == bytes;
    } catch (IOException e) {
      return false;
    }
  }
}
