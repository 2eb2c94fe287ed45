package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.CaptionerException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs a class of this program in a JVM of its own, so that a native library which ends its process
 * ends that one. The child writes its answer into a file, as native code may print anything.
 *
 * @param main has a {@code main} that calls {@link #answer}
 * @param arguments after the first, which is the file for the answer
 * @param classPath beside that of this process
 * @param environment beside that of this process
 * @param limit how long it may take
 */
public record ChildJvm(
    Class<?> main,
    List<String> arguments,
    List<Path> classPath,
    Map<String, String> environment,
    Duration limit) {
  private static final String DONE = "done\n";
  private static final String FAILED = "failed\n";

  /** The end of what a child printed; a crash report is far shorter. */
  private static final int MAX_OUTPUT_BYTES = 1 << 16;

  /** What a JVM and its logging say by themselves, a crash report among it. */
  private static final List<String> NOISE = List.of("#", "SLF4J", "Picked up ");

  private static final int SIGNAL = 128;
  private static final Map<Integer, String> SIGNALS =
      Map.of(4, "SIGILL", 6, "SIGABRT", 7, "SIGBUS", 9, "SIGKILL", 11, "SIGSEGV", 15, "SIGTERM");

  public ChildJvm {
    arguments = List.copyOf(arguments);
    classPath = List.copyOf(classPath);
    environment = Map.copyOf(environment);
  }

  /**
   * The child's side: does the work and writes what became of it.
   *
   * @param arguments of the child's {@code main}
   * @param work gives the answer; a {@link CaptionerException} gives its message to the parent
   */
  public static void answer(String[] arguments, Callable<String> work) throws IOException {
    String answer;
    try {
      answer = DONE + work.call();
    } catch (CaptionerException e) {
      answer = FAILED + e.getMessage();
    } catch (Exception | LinkageError e) {
      answer = FAILED + e;
    }
    Files.writeString(Path.of(arguments[0]), answer);
  }

  /**
   * Runs the child to its end.
   *
   * @return its answer
   * @throws CaptionerException with one line: the child's own message, or how its process ended
   */
  public String run() throws CaptionerException {
    Path folder = null;
    try {
      folder = Files.createTempDirectory("sarscribe-check-");
      Path answer = folder.resolve("answer");
      Path output = folder.resolve("output");
      Process process = start(folder, answer, output);
      String end = await(process);
      return read(answer, output, end);
    } catch (IOException e) {
      throw new CaptionerException("a second Java process cannot be run: " + e.getMessage(), e);
    } finally {
      delete(folder);
    }
  }

  private Process start(Path folder, Path answer, Path output) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add(main.getName());
    command.add(answer.toString());
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    // Not on the command line: ONNX Runtime 1.29 crashes where that is longer than 4096 bytes.
    builder.environment().put("CLASSPATH", wholeClassPath());
    return builder.start();
  }

  private String wholeClassPath() {
    Stream<String> own =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString());
    return String.join(
        File.pathSeparator, Stream.concat(own, classPath.stream().map(Path::toString)).toList());
  }

  /** How the process ended; empty if as it should. */
  private String await(Process process) throws IOException, CaptionerException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return "it did not end within %d s".formatted(limit.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CaptionerException("interrupted while a second Java process ran", e);
    } finally {
      process.destroyForcibly();
    }
    int code = process.exitValue();
    if (code > SIGNAL) {
      String name = SIGNALS.getOrDefault(code - SIGNAL, "signal " + (code - SIGNAL));
      return "%s ended it (exit code %d)".formatted(name, code);
    }
    return code == 0 ? "" : "it ended with exit code " + code;
  }

  private String read(Path answer, Path output, String end) throws IOException, CaptionerException {
    String text = Files.exists(answer) ? Files.readString(answer) : "";
    if (end.isEmpty() && text.startsWith(DONE)) {
      return text.substring(DONE.length());
    }
    if (text.startsWith(FAILED)) {
      throw new CaptionerException(oneLine(text.substring(FAILED.length())));
    }
    String said = firstLine(output);
    throw new CaptionerException(
        "the check in a Java process of its own failed: %s%s"
            .formatted(end.isEmpty() ? "no answer" : end, said.isEmpty() ? "" : ": " + said));
  }

  /** The first line that the child printed and that says something. */
  private static String firstLine(Path output) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
      long from = Math.max(0, file.length() - MAX_OUTPUT_BYTES);
      byte[] bytes = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .filter(line -> NOISE.stream().noneMatch(line::startsWith))
          .findFirst()
          .orElse("");
    }
  }

  private static String oneLine(String text) {
    return String.join(" ", text.lines().map(String::strip).filter(l -> !l.isEmpty()).toList());
  }

  private static void delete(Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      // In the temporary folder; what remains is the operating system's to clean.
      folder.toFile().deleteOnExit();
    }
  }
}
