package dev.sarscribe.imagery.radiometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.Window;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SpeckleFilterTest {
  private static float[] speckled(int n, long seed) {
    Random random = new Random(seed);
    float[] v = new float[n];
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int look = 0; look < 4; look++) {
        sum -= Math.log(1 - random.nextDouble());
      }
      v[i] = (float) (0.05 * sum / 4);
    }
    return v;
  }

  @Test
  void aConstantAreaStaysAsItIs() {
    float[] v = new float[40 * 40];
    java.util.Arrays.fill(v, 0.3f);

    for (float f : SpeckleFilter.REFINED_LEE.filter(v, 40, 40, new Window(0, 0, 40, 40), 4.4)) {
      assertThat(f).isCloseTo(0.3f, within(1e-6f));
    }
  }

  @Test
  void speckleIsReducedAndTheMeanKept() {
    float[] v = speckled(600 * 100, 1);
    float[] f = SpeckleFilter.REFINED_LEE.filter(v, 600, 100, new Window(0, 0, 600, 100), 4);

    assertThat(mean(f)).isCloseTo(mean(v), within(0.001));
    assertThat(variation(f)).isLessThan(0.5 * variation(v));
  }

  private static double mean(float[] a) {
    double s = 0;
    for (float x : a) {
      s += x;
    }
    return s / a.length;
  }

  private static double variation(float[] a) {
    double m = mean(a);
    double s = 0;
    for (float x : a) {
      s += (x - m) * (x - m);
    }
    return Math.sqrt(s / a.length) / m;
  }

  @Test
  void anEdgeStaysSharpInEveryDirection() {
    int n = 41;
    for (int direction = 0; direction < 4; direction++) {
      float[] v = new float[n * n];
      for (int y = 0; y < n; y++) {
        for (int x = 0; x < n; x++) {
          int side = new int[] {x - 20, y - 20, x + y - 40, x - y}[direction];
          v[y * n + x] = side < 0 ? 0.01f : 1f;
        }
      }
      float[] f = SpeckleFilter.REFINED_LEE.filter(v, n, n, new Window(10, 10, 21, 21), 4.4);
      for (int i = 0; i < f.length; i++) {
        float before = v[(10 + i / 21) * n + 10 + i % 21];
        assertThat(f[i])
            .as("direction " + direction + " at " + i)
            .isBetween(before == 1f ? 0.8f : 0.009f, before == 1f ? 1.01f : 0.2f);
      }
    }
  }

  @Test
  void nodataStaysAndNeverBleedsIntoItsNeighbours() {
    // given two scenes that differ only in what was under the nodata
    float[] v = speckled(80 * 60, 2);
    float[] holes = v.clone();
    for (int y = 20; y < 40; y++) {
      for (int x = 30; x < 50; x++) {
        holes[y * 80 + x] = Float.NaN;
      }
    }
    // when
    float[] f = SpeckleFilter.REFINED_LEE.filter(holes, 80, 60, new Window(0, 0, 80, 60), 4.4);
    // then
    for (int i = 0; i < f.length; i++) {
      assertThat(Float.isNaN(f[i])).isEqualTo(Float.isNaN(holes[i]));
      if (!Float.isNaN(f[i])) {
        assertThat(f[i]).isBetween(0.004f, 0.3f);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aWindowWithItsSurroundEqualsTheSamePartOfTheWholeToTheLastBit(SpeckleFilter filter) {
    // given a hole, so that some strips of the whole have gaps and the part has none
    float[] v = speckled(1200 * 60, 3);
    v[55 * 1200 + 600] = Float.NaN;
    float[] whole = filter.filter(v, 1200, 60, new Window(0, 0, 1200, 60), 4.4);

    float[] part = filter.filter(v, 1200, 60, new Window(501, 5, 300, 40), 4.4);

    for (int y = 0; y < 40; y++) {
      for (int x = 0; x < 300; x++) {
        assertThat(part[y * 300 + x]).isEqualTo(whole[(y + 5) * 1200 + x + 501]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachPixelAgreesWithThePublishedFormulaAlsoBesideNodata(SpeckleFilter filter) {
    float[] v = speckled(60 * 60, 4);
    Random random = new Random(6);
    for (int i = 0; i < 300; i++) {
      v[random.nextInt(v.length)] = Float.NaN;
    }
    java.util.Arrays.fill(v, 40 * 60, 52 * 60, Float.NaN);

    float[] f = filter.filter(v, 60, 60, new Window(0, 0, 60, 60), 4.4);

    for (int i = 0; i < v.length; i++) {
      float expected =
          Float.isNaN(v[i]) ? Float.NaN : byDefinition(filter, v, 60, i % 60, i / 60, 1 / 4.4);
      if (Float.isNaN(expected)) {
        assertThat(f[i]).isNaN();
      } else {
        assertThat(f[i]).as("pixel " + i).isCloseTo(expected, within(2e-6f));
      }
    }
  }

  @Test
  void aBrightTargetLeavesItsDarkSurroundAsDark() {
    float[] v = speckled(200 * 60, 7);
    float[] lit = v.clone();
    for (int y = 25; y < 30; y++) {
      java.util.Arrays.fill(lit, y * 200 + 90, y * 200 + 95, 1e6f);
    }
    Window all = new Window(0, 0, 200, 60);
    float[] dark = SpeckleFilter.REFINED_LEE.filter(v, 200, 60, all, 4.4);

    float[] f = SpeckleFilter.REFINED_LEE.filter(lit, 200, 60, all, 4.4);

    for (int i = 0; i < f.length; i++) {
      boolean near = Math.abs(i % 200 - 92) <= 5 && Math.abs(i / 200 - 27) <= 5;
      if (!near) {
        assertThat(f[i]).as("pixel " + i).isEqualTo(dark[i]);
      }
    }
  }

  /** Written from the papers, pixel by pixel, in double precision. */
  private static float byDefinition(
      SpeckleFilter filter, float[] v, int width, int cx, int cy, double s) {
    int height = v.length / width;
    int half = filter == SpeckleFilter.REFINED_LEE ? halfByDefinition(v, width, cx, cy) : -1;
    double sum = 0;
    double square = 0;
    int n = 0;
    for (int dy = -3; dy <= 3; dy++) {
      for (int dx = -3; dx <= 3; dx++) {
        int side = half < 0 ? 0 : new int[] {dx, dy, dx + dy, dy - dx}[half / 2];
        boolean there = cx + dx >= 0 && cx + dx < width && cy + dy >= 0 && cy + dy < height;
        boolean in = half % 2 == 0 ? side <= 0 : side >= 0;
        double z = there ? v[(cy + dy) * width + cx + dx] : Double.NaN;
        if ((half < 0 || in) && !Double.isNaN(z)) {
          sum += z;
          square += z * z;
          n++;
        }
      }
    }
    double z = v[cy * width + cx];
    if (n < 4) {
      return (float) z;
    }
    double e = sum / n;
    double var = square / n - e * e;
    double k = Math.max(0, (var - e * e * s) / (var * (1 + s)));
    return (float) (e + k * (z - e));
  }

  /** Twice the direction of the edge, plus 1 on its far side. */
  private static int halfByDefinition(float[] v, int width, int cx, int cy) {
    double[][] m = new double[3][3];
    for (int j = 0; j < 3; j++) {
      for (int i = 0; i < 3; i++) {
        m[j][i] = boxMean(v, width, cx + 2 * (i - 1), cy + 2 * (j - 1));
      }
    }
    double[] gradients = {
      m[0][0] + m[1][0] + m[2][0] - m[0][2] - m[1][2] - m[2][2],
      m[0][0] + m[0][1] + m[0][2] - m[2][0] - m[2][1] - m[2][2],
      m[0][0] + m[0][1] + m[1][0] - m[1][2] - m[2][1] - m[2][2],
      m[0][1] + m[0][2] + m[1][2] - m[1][0] - m[2][0] - m[2][1]
    };
    int d = 0;
    for (int i = 1; i < 4; i++) {
      d = Math.abs(gradients[i]) > Math.abs(gradients[d]) ? i : d;
    }
    double a = new double[] {m[1][0], m[0][1], m[0][0], m[0][2]}[d];
    double b = new double[] {m[1][2], m[2][1], m[2][2], m[2][0]}[d];
    return 2 * d + (Math.abs(a - m[1][1]) <= Math.abs(b - m[1][1]) ? 0 : 1);
  }

  /** Mean of the valid pixels around a place, 0 if there are none. */
  private static double boxMean(float[] v, int width, int cx, int cy) {
    double sum = 0;
    int n = 0;
    for (int k = 0; k < 9; k++) {
      int x = cx + k % 3 - 1;
      int y = cy + k / 3 - 1;
      boolean there = x >= 0 && x < width && y >= 0 && y < v.length / width;
      if (there && !Float.isNaN(v[y * width + x])) {
        sum += v[y * width + x];
        n++;
      }
    }
    return n == 0 ? 0 : sum / n;
  }

  @Test
  void theFastLogarithmIsTheLogarithm() {
    for (float v = 1e-6f; v < 1e7f; v *= 1.0173f) {
      float[] db = {v};
      Decibels.ofPower(db);
      assertThat(db[0]).isCloseTo((float) (10 * Math.log10(v)), within(2e-4f));
    }
  }
}
