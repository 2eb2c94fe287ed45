package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.oracle.Oracle;
import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** σ⁰ of real calibration and noise tables over made-up amplitudes, against those of others. */
class SigmaNoughtOracleTest {
  /** What the floor of {@link SafeScene} makes of less. */
  private static final double FLOOR = 1e-5;

  private static final double MOST_DB = 0.01;

  /** Lines that OTB is asked for. */
  private static final int OTB_TOP = 1300;

  private static final int OTB_ROWS = 300;

  private static final String NO_NOISE =
      "<noise><noiseVectorList><noiseVector><line>0</line><pixel>0</pixel>"
          + "<noiseLut>0</noiseLut></noiseVector></noiseVectorList></noise>";

  @TempDir Path folder;

  /** Writes a product of a source's metadata and simulated pixels, with its expected values. */
  private static void composite(Path target, Path source) throws Exception {
    Oracle.python("composite.py", Files.createDirectories(target), source);
  }

  private static Path only(Path parent) throws IOException {
    try (var all = Files.list(parent)) {
      return all.findFirst().orElseThrow();
    }
  }

  private static List<Path> real(String kind) throws IOException {
    Path parent = RealData.scenes().resolve(kind);
    assumeTrue(Files.isDirectory(parent), "real products are absent");
    try (var all = Files.list(parent)) {
      return all.sorted().toList();
    }
  }

  /** Lines that have pixels, and what they should be: calibrated, or with noise removed too. */
  private record Expected(int[] lines, double[] values, int width) {
    static Expected of(Path folder, Scene scene) throws IOException {
      String pol = scene.polarization();
      int[] lines =
          Files.readAllLines(folder.resolve("lines-" + pol + ".txt")).stream()
              .mapToInt(Integer::parseInt)
              .toArray();
      double[] values = Oracle.doubles(folder.resolve("expected-" + pol + ".f64"));
      assertThat(values).hasSize(lines.length * 2 * scene.width());
      return new Expected(lines, values, scene.width());
    }

    double[] row(int i, boolean noiseRemoved) {
      int from = (2 * i + (noiseRemoved ? 1 : 0)) * width;
      return Arrays.copyOfRange(values, from, from + width);
    }
  }

  /** The largest difference in dB over the lines of a scene; nodata must agree exactly. */
  private static double difference(Scene scene, Expected expected, boolean noiseRemoved)
      throws Exception {
    double most = 0;
    for (int i = 0; i < expected.lines.length; i++) {
      float[] got = scene.read(new Window(0, expected.lines[i], scene.width(), 1));
      most = Math.max(most, difference(got, expected.row(i, noiseRemoved), expected.lines[i]));
    }
    return most;
  }

  private static double difference(float[] got, double[] expected, int line) {
    double most = 0;
    int valid = 0;
    for (int x = 0; x < got.length; x++) {
      if (Float.isNaN(got[x]) != Double.isNaN(expected[x])) {
        throw new AssertionError(
            "line %d, pixel %d is %s, not %s".formatted(line, x, got[x], expected[x]));
      }
      if (!Float.isNaN(got[x])) {
        valid++;
        most = Math.max(most, Math.abs(10 * Math.log10(got[x] / Math.max(FLOOR, expected[x]))));
      }
    }
    assertThat(valid).as("valid pixels of line " + line).isGreaterThan(got.length / 2);
    return most;
  }

  @Test
  void noiseCorrectedValuesAreThoseOfAnIndependentComputationFromTheXml() throws Exception {
    List<Path> sources = new ArrayList<>();
    sources.add(
        SceneSimulator.writeSafe(
            SceneSpec.sentinel1(500, 300, 4, SceneKind.COAST),
            folder.resolve("simulated"),
            folder.resolve("truth"),
            ProgressListener.NONE));
    if (Files.isDirectory(RealData.ROOT)) {
      sources.addAll(real("safe-without-measurement")); // since March 2018
      sources.addAll(real("safe-zip")); // before
    }
    for (Path source : sources) {
      Path work = folder.resolve(source.getFileName());
      composite(work, source);
      try (Product product = Products.open(only(work.resolve("SAFE")))) {
        assertThat(product.scenes()).hasSize(2);
        for (Scene scene : product.scenes()) {
          double most = difference(scene, Expected.of(work, scene), true);
          assertThat(most).as("dB in %s of %s", scene.polarization(), source).isLessThan(MOST_DB);
        }
      }
    }
  }

  @Test
  void calibratedValuesAreThoseOfTheOrfeoToolbox() throws Exception {
    // given
    Path source = real("safe-without-measurement").stream().filter(this::isIw).findFirst().get();
    composite(folder, source);
    Path safe = only(folder.resolve("SAFE"));
    boolean otb = Oracle.has("otbcli_SARCalibration");
    if (otb) { // which wants the real noise tables too, although it is told to leave noise in
      calibrateWithOtb(safe, "?&box=0:%d:25117:%d".formatted(OTB_TOP, OTB_ROWS), false);
    }
    silence(safe);
    try (Product product = Products.open(safe)) {
      for (Scene scene : product.scenes()) {
        assertThat(difference(scene, Expected.of(folder, scene), false)).isLessThan(MOST_DB);
      }
      // when, then
      assumeTrue(otb, "the Orfeo Toolbox is not installed");
      requireOtbs(product.scene("VV"), Expected.of(folder, product.scene("VV")).lines);
    }
  }

  /** Replaces a product's noise tables by zeros. */
  private static void silence(Path safe) throws IOException {
    try (var files = Files.list(safe.resolve("annotation/calibration"))) {
      for (Path f : files.filter(f -> f.getFileName().toString().startsWith("noise")).toList()) {
        Files.writeString(f, NO_NOISE);
      }
    }
  }

  private boolean isIw(Path source) {
    return source.getFileName().toString().contains("_IW_");
  }

  @Test
  void aSimulatedProductIsDenoisedAndCalibratedAsByTheOrfeoToolbox() throws Exception {
    assumeTrue(Oracle.has("otbcli_SARCalibration"), "the Orfeo Toolbox is not installed");
    Path safe =
        SceneSimulator.writeSafe(
            SceneSpec.sentinel1(1500, 1400, 4, SceneKind.COAST),
            folder.resolve("simulated"),
            folder.resolve("truth"),
            ProgressListener.NONE);
    calibrateWithOtb(safe, "", true);
    try (Product product = Products.open(safe);
        TiffRaster otb = TiffRaster.open(folder.resolve("otb.tif"))) {
      Scene scene = product.scene("VV");
      double most = 0;
      for (int line = 0; line < scene.height(); line += 7) {
        Window w = new Window(0, line, scene.width(), 1);
        float[] ours = scene.read(w);
        double[] expected = new double[ours.length];
        float[] theirs = otb.read(0, w);
        for (int x = 0; x < expected.length; x++) {
          expected[x] = theirs[x]; // 0 where the noise is more; a simulated scene has no nodata
        }
        most = Math.max(most, difference(ours, expected, line));
      }
      assertThat(most).as("dB from OTB").isLessThan(MOST_DB);
    }
  }

  private void calibrateWithOtb(Path safe, String window, boolean removeNoise) throws Exception {
    Path vv;
    try (var files = Files.list(safe.resolve("measurement"))) {
      vv = files.filter(f -> f.toString().contains("-vv-")).findFirst().orElseThrow();
    }
    Oracle.run(
        folder,
        List.of(
            "otbcli_SARCalibration",
            "-in",
            vv.toString(),
            "-out",
            folder.resolve("otb.tif") + window,
            "float",
            "-lut",
            "sigma",
            "-removenoise",
            String.valueOf(removeNoise)));
  }

  private void requireOtbs(Scene scene, int[] lines) throws Exception {
    double most = 0;
    int compared = 0;
    try (TiffRaster otb = TiffRaster.open(folder.resolve("otb.tif"))) {
      for (int line : lines) {
        if (line < OTB_TOP || line >= OTB_TOP + OTB_ROWS) {
          continue;
        }
        float[] theirs = otb.read(0, new Window(0, line - OTB_TOP, scene.width(), 1));
        float[] ours = scene.read(new Window(0, line, scene.width(), 1));
        double[] expected = new double[theirs.length];
        for (int x = 0; x < expected.length; x++) {
          expected[x] = theirs[x] == 0 ? Double.NaN : theirs[x]; // OTB knows no nodata
        }
        most = Math.max(most, difference(ours, expected, line));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(8);
    assertThat(most).as("dB from OTB").isLessThan(MOST_DB);
  }

  @Test
  void aWholeProductReadsFromItsZipAsFromItsFolder() throws Exception {
    Path source = real("safe-without-measurement").stream().filter(s -> !isIw(s)).findFirst().get();
    composite(folder, source);
    Path safe = only(folder.resolve("SAFE"));
    Path zip = SmallSafe.zip(safe, folder.resolve(SmallSafe.ID + ".zip"));
    try (Product a = Products.open(safe);
        Product b = Products.open(zip)) {
      for (String pol : List.of("HH", "HV")) {
        Expected expected = Expected.of(folder, a.scene(pol));
        for (int line : expected.lines) {
          Window w = new Window(0, line, a.scene(pol).width(), 1);
          assertThat(Arrays.mismatch(a.scene(pol).read(w), b.scene(pol).read(w))).isEqualTo(-1);
        }
      }
    }
  }
}
