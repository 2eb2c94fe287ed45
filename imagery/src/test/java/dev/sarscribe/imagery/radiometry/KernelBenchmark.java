package dev.sarscribe.imagery.radiometry;

import com.github.luben.zstd.Zstd;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.picture.PngCodec;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The kernels between a read and an encoded tile, in nanoseconds per pixel of one 512 x 512 tile on
 * one thread, next to the copy of as many floats. {@code tests/benchmarks/imagery.sh} runs it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(KernelBenchmark.TILE * KernelBenchmark.TILE)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgs = "-Xmx1g")
@State(Scope.Thread)
public class KernelBenchmark {
  static final int TILE = 512;
  private static final int WIDE = TILE + 2 * SpeckleFilter.RADIUS;
  private static final Window INNER =
      new Window(SpeckleFilter.RADIUS, SpeckleFilter.RADIUS, TILE, TILE);

  private final float[] powers = new float[WIDE * WIDE];
  private final float[] withGaps = new float[WIDE * WIDE];
  private final float[] copy = new float[TILE * TILE];
  private final byte[] pixels = new byte[TILE * TILE];
  private final PowerLevels levels = new PowerLevels(new Stretch(-25, 0));
  private float[] filtered = {};

  /** Speckle of four looks on a step of backscatter. */
  @Setup
  public void fill() {
    Random random = new Random(1);
    for (int i = 0; i < powers.length; i++) {
      double looks = 0;
      for (int k = 0; k < 4; k++) {
        looks -= Math.log(1 - random.nextDouble()) / 4;
      }
      powers[i] = (float) ((i % WIDE < i / WIDE ? 0.02 : 0.1) * looks);
      withGaps[i] = random.nextInt(1000) == 0 ? Float.NaN : powers[i];
    }
    filtered = SpeckleFilter.REFINED_LEE.filter(powers, WIDE, WIDE, INNER, 4);
    levels.of(filtered, 0, pixels, 0, pixels.length);
  }

  @Benchmark
  public float[] copyOfFloats() {
    System.arraycopy(powers, 0, copy, 0, copy.length);
    return copy;
  }

  @Benchmark
  public float[] refinedLee() {
    return SpeckleFilter.REFINED_LEE.filter(powers, WIDE, WIDE, INNER, 4);
  }

  @Benchmark
  public float[] refinedLeeWithGaps() {
    return SpeckleFilter.REFINED_LEE.filter(withGaps, WIDE, WIDE, INNER, 4);
  }

  @Benchmark
  public float[] lee() {
    return SpeckleFilter.LEE.filter(powers, WIDE, WIDE, INNER, 4);
  }

  @Benchmark
  public byte[] stretchToBytes() {
    levels.of(filtered, 0, pixels, 0, pixels.length);
    return pixels;
  }

  @Benchmark
  public byte[] zstdOfATile() {
    return Zstd.compress(pixels, 1);
  }

  @Benchmark
  public byte[] pngOfATile() {
    return PngCodec.encode(new TileImage("tile", TILE, TILE, pixels));
  }
}
