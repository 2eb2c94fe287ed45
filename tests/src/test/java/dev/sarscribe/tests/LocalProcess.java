package dev.sarscribe.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code sarscribe local} in a JVM of its own, as a user runs it, so that it can be killed. */
final class LocalProcess implements AutoCloseable {
  private static final Pattern BOOTSTRAP = Pattern.compile("Kafka on (localhost:\\d+)");

  private final Process process;
  private final Path output;

  private LocalProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  static Path root() {
    return Path.of(System.getProperty("sarscribe.root")).toAbsolutePath();
  }

  /** The smallest model of the default one's shape: random words, the same engine. */
  static Path tinyModel() {
    return root().resolve("models/tiny");
  }

  static LocalProcess start(Path data, Path directory, String... options) throws IOException {
    Path output = data.resolveSibling(data.getFileName() + "-" + System.nanoTime() + ".out");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    arguments.add("-Dsarscribe.home=" + root());
    arguments.add("dev.sarscribe.app.Sarscribe");
    arguments.addAll(List.of("local", directory.toString(), "--data", data.toString()));
    arguments.addAll(List.of("--port", "0", "--model", tinyModel().toString()));
    arguments.addAll(List.of(options));
    // ONNX Runtime 1.29 crashes in a process whose command line is longer than a page.
    Path file = Files.write(Path.of(output + ".args"), arguments);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(java, "@" + file)
            .directory(data.getParent().toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new LocalProcess(process, output);
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for the line that names the broker. */
  String bootstrap() throws Exception {
    long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (System.nanoTime() < deadline && process.isAlive()) {
      Matcher matcher = BOOTSTRAP.matcher(output());
      if (matcher.find()) {
        return matcher.group(1);
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no broker came up:\n" + output());
  }

  int await(Duration timeout) throws Exception {
    if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + timeout + ":\n" + output());
    }
    return process.exitValue();
  }

  /** SIGTERM: the process drains and ends by itself. */
  void terminate() {
    process.destroy();
  }

  /** SIGKILL: as if the plug were pulled. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
