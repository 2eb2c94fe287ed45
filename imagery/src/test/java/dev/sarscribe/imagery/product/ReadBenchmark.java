package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads of a simulated product from the page cache, in nanoseconds per pixel of a band of 4,096 x
 * 512 on one thread, and the calibration alone. {@code tests/benchmarks/imagery.sh} runs it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(ReadBenchmark.WIDTH * ReadBenchmark.HEIGHT)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgs = "-Xmx1g")
@State(Scope.Thread)
public class ReadBenchmark {
  static final int WIDTH = 4096;
  static final int HEIGHT = 512;
  private static final Window ALL = new Window(0, 0, WIDTH, HEIGHT);

  private final float[] row = new float[WIDTH];
  private final float[] gain = new float[WIDTH];
  private final float[] noise = new float[WIDTH];
  private Path folder;
  private Product product;
  private TiffRaster raster;

  @Setup
  public void write() throws IOException, SceneException {
    folder = Files.createTempDirectory("sarscribe-benchmark-");
    SceneSpec spec = SceneSpec.sentinel1(WIDTH, HEIGHT, 1, SceneKind.COAST);
    Path safe =
        SceneSimulator.writeSafe(
            spec, folder.resolve("in"), folder.resolve("truth"), ProgressListener.NONE);
    product = Products.open(safe);
    try (Stream<Path> files = Files.list(safe.resolve("measurement"))) {
      raster = TiffRaster.open(files.sorted().findFirst().orElseThrow());
    }
    Arrays.fill(gain, 300);
    Arrays.fill(noise, 900);
  }

  @TearDown
  public void delete() throws IOException, SceneException {
    raster.close();
    product.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Benchmark
  public float[] rawSamplesToFloats() throws SceneException {
    return raster.read(0, ALL);
  }

  @Benchmark
  public float[] calibratedRead() throws SceneException {
    return product.scenes().get(0).read(ALL);
  }

  @Benchmark
  public List<float[]> calibrationAlone() {
    for (int i = 0; i < HEIGHT; i++) {
      Arrays.fill(row, i + 100);
      SafeScene.calibrate(row, gain, noise);
    }
    return List.of(row);
  }
}
