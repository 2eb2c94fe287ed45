package dev.sarscribe.captioner.onnx;

import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.util.Platform;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads Deep Java Library and the native libraries behind it, once, offline. The one place that
 * sets DJL's properties; values that the user set are kept.
 */
final class DjlRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(DjlRuntime.class);

  private static final String ENGINE = "OnnxRuntime";
  private static final String TENSORRT = "TensorRT";

  private static final Map<String, String> SETTINGS =
      Map.of(
          // No download of models or natives, no telemetry, no query of a cloud's metadata address;
          // it also keeps the tokenizers on their bundled CPU library on machines with CUDA.
          "ai.djl.offline", "true",
          // The tokenizers register a second engine, which would win by rank.
          "ai.djl.default_engine", ENGINE,
          "ai.djl.onnx.disable_alternative", "true",
          "ai.djl.tensorrt.disable_alternative", "true",
          // Sessions have pools of their own; the process-wide ones would only sleep.
          "ai.djl.onnxruntime.num_threads", "1",
          "ai.djl.onnxruntime.num_interop_threads", "1");

  /** Names of the temporary folders that ONNX Runtime makes. */
  private static final Pattern UNPACKED = Pattern.compile("onnxruntime-java\\d+");

  /**
   * What ONNX Runtime unpacks and loads last: before it, one that another class loader is just
   * loading still writes into its folder.
   */
  private static final String LAST_UNPACKED = "/" + System.mapLibraryName("onnxruntime4j_jni");

  /** What this process has mapped into its memory; on Linux only. */
  private static final Path MAPPED = Path.of("/proc/self/maps");

  private static boolean configured;
  private static boolean cleaned;

  private DjlRuntime() {}

  /**
   * The engine, with its native library loaded. Thread-safe.
   *
   * @throws CaptionerException if a native library does not load on this machine
   */
  static synchronized Engine engine() throws CaptionerException {
    configure();
    try {
      Engine engine = Engine.getEngine(ENGINE);
      LibUtils.checkStatus();
      // The runtime reports its use to its maker unless told not to. The launcher sets
      // ORT_DISABLE_TELEMETRY, which keeps it from starting; this is for those who embed us.
      OrtEnvironment.getEnvironment().setTelemetry(false);
      if (!cleaned && !OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
        // One with CUDA puts more libraries there when it needs them.
        deleteUnpackedLibraries();
        cleaned = true;
      }
      return engine;
    } catch (LinkageError | AssertionError | OrtException | RuntimeException e) {
      throw doesNotLoad("onnxruntime", e);
    }
  }

  /**
   * DJL's TensorRT engine. Thread-safe. What it links with must be in the process before: it ends
   * the process otherwise.
   *
   * @throws CaptionerException if its native library does not load
   */
  static synchronized Engine tensorRt() throws CaptionerException {
    configure();
    try {
      return Engine.getEngine(TENSORRT);
    } catch (LinkageError | RuntimeException e) {
      throw doesNotLoad("tensorrt", e.getCause() == null ? e : e.getCause());
    }
  }

  private static void configure() throws CaptionerException {
    if (!configured) {
      SETTINGS.forEach(DjlRuntime::setIfAbsent);
      chooseCacheFolder();
      configured = true;
    }
  }

  private static CaptionerException doesNotLoad(String engine, Throwable reason) {
    return new CaptionerException(
        "engine %s does not load on %s %s: %s"
            .formatted(
                engine, System.getProperty("os.name"), System.getProperty("os.arch"), reason),
        reason);
  }

  /** The versions of ONNX Runtime, DJL and the tokenizers, for people. */
  static String versions() throws CaptionerException {
    engine();
    return "ONNX Runtime %s, DJL %s, tokenizers %s"
        .formatted(
            OrtEnvironment.getEnvironment().getVersion(),
            Engine.getDjlVersion(),
            Platform.detectPlatform("tokenizers").getVersion());
  }

  static void setIfAbsent(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  /**
   * DJL unpacks the tokenizers' native library into the home folder. Where that is read-only, a
   * private temporary folder takes its place until the process ends.
   */
  private static void chooseCacheFolder() throws CaptionerException {
    if (isSet("DJL_CACHE_DIR") || isSet("ENGINE_CACHE_DIR")) {
      return;
    }
    if (canBeWritten(Path.of(System.getProperty("user.home"), ".djl.ai"))) {
      return;
    }
    try {
      Path temporary = Files.createTempDirectory("sarscribe-djl-");
      System.setProperty("DJL_CACHE_DIR", temporary.toString());
      Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteTree(temporary)));
    } catch (IOException e) {
      throw new CaptionerException(
          "neither the home folder nor the temporary folder can be written; set DJL_CACHE_DIR", e);
    }
  }

  /**
   * ONNX Runtime unpacks its libraries into a temporary folder, tens of MB, which it deletes when
   * the JVM ends in good order; a killed one would leave it there for ever. Once they are loaded
   * they need no name any more, so they are deleted now where it can be seen which they are.
   */
  private static void deleteUnpackedLibraries() {
    try (Stream<String> lines = Files.lines(MAPPED, StandardCharsets.ISO_8859_1)) {
      Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
      lines
          .flatMap(line -> unpackedFolder(line, temporary).stream())
          .distinct()
          .toList()
          .forEach(DjlRuntime::deleteTree);
    } catch (IOException | RuntimeException e) {
      // Another operating system, or names that are no paths: they go at the end of the JVM.
      LOG.debug("the unpacked libraries of ONNX Runtime stay until the end", e);
    }
  }

  /**
   * The folder that ONNX Runtime has unpacked its libraries into and loaded them all from.
   *
   * @param mapping a line of {@code /proc/self/maps}
   * @param temporary where it makes such folders
   * @return empty if the line is about another file, or a library where the user has put it
   */
  static Optional<Path> unpackedFolder(String mapping, Path temporary) {
    if (!mapping.endsWith(LAST_UNPACKED)) {
      return Optional.empty();
    }
    Path folder = Path.of(mapping.substring(mapping.indexOf('/'))).getParent();
    return Optional.of(folder)
        .filter(found -> temporary.equals(found.getParent()))
        .filter(found -> UNPACKED.matcher(found.getFileName().toString()).matches());
  }

  /** Creates the folder if need be: asking for permission alone is always answered yes to root. */
  private static boolean canBeWritten(Path folder) {
    try {
      return Files.isWritable(Files.createDirectories(folder));
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isSet(String name) {
    return System.getenv(name) != null || System.getProperty(name) != null;
  }

  private static void deleteTree(Path root) {
    try (Stream<Path> paths = Files.walk(root)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      // Tried again when the process ends; what remains then is the operating system's to clean.
      root.toFile().deleteOnExit();
    }
  }
}
