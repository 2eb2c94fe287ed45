package dev.sarscribe.tests.feed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A sarscribe command in a JVM of its own, so that it can be killed. */
public final class FeedProcess implements AutoCloseable {
  private final Process process;
  private final Path output;

  private FeedProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a command; its logs and output go below a folder. */
  public static FeedProcess start(Path folder, List<String> jvm, List<String> command)
      throws IOException {
    Path output = folder.resolve("feed-" + System.nanoTime() + ".out");
    List<String> arguments = new ArrayList<>(jvm);
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    arguments.add("dev.sarscribe.app.Sarscribe");
    arguments.addAll(command);
    Path file = Files.write(Path.of(output + ".args"), arguments);
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + file)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("XDG_STATE_HOME", folder.toString());
    return new FeedProcess(builder.start(), output);
  }

  public String output() throws IOException {
    return Files.readString(output);
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until the command has written a text. */
  public void awaitOutput(String text, Duration limit) throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!output().contains(text)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError("'" + text + "' was not written:\n" + output());
      }
      Thread.sleep(20);
    }
  }

  public int await(Duration limit) throws Exception {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + limit + ":\n" + output());
    }
    return process.exitValue();
  }

  /** SIGTERM: the process drains and ends by itself. */
  public void terminate() {
    process.destroy();
  }

  /** SIGKILL: as if the plug were pulled. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
