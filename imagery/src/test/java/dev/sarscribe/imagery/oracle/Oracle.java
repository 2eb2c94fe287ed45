package dev.sarscribe.imagery.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the programs that others wrote and ours is measured against; without them a test skips. */
public final class Oracle {
  private static final String PYTHON = "/usr/bin/python3";

  private Oracle() {}

  /** Runs a script of this package's resources with GDAL's Python binding; what it printed. */
  public static String python(String script, Path folder, Object... arguments)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no " + PYTHON + " for GDAL");
    List<String> command = new ArrayList<>(List.of(PYTHON, resource(script).toString()));
    command.add(folder.toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    String said = run(folder, command);
    assumeTrue(!said.contains("No module named"), "GDAL's Python binding or NumPy is missing");
    return said;
  }

  private static Path resource(String name) {
    try {
      return Path.of(Oracle.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a program that must succeed within two minutes, unless Python lacks a module. */
  public static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "oracle", ".log");
    Process p =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(p.waitFor(120, TimeUnit.SECONDS)).as("%s ended", command).isTrue();
    } finally {
      p.destroyForcibly();
    }
    String said = Files.readString(log);
    Files.delete(log);
    if (!said.contains("No module named")) {
      assertThat(p.exitValue()).as(said).isZero();
    }
    return said;
  }

  /** Whether a program is on the PATH. */
  public static boolean has(String program) {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  /** Little-endian float32 values of a file. */
  public static float[] floats(Path file) throws IOException {
    ByteBuffer raw = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[raw.remaining() / 4];
    raw.asFloatBuffer().get(values);
    return values;
  }

  /** Little-endian float64 values of a file. */
  public static double[] doubles(Path file) throws IOException {
    ByteBuffer raw = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    double[] values = new double[raw.remaining() / 8];
    raw.asDoubleBuffer().get(values);
    return values;
  }
}
