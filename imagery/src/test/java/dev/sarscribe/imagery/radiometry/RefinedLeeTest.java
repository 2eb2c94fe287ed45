package dev.sarscribe.imagery.radiometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.Window;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RefinedLeeTest {
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

  @Test
  void aWindowWithItsSurroundEqualsTheSamePartOfTheWhole() {
    float[] v = speckled(1200 * 30, 3);
    v[15 * 1200 + 600] = Float.NaN;
    float[] whole = SpeckleFilter.REFINED_LEE.filter(v, 1200, 30, new Window(0, 0, 1200, 30), 4.4);
    float[] part = SpeckleFilter.REFINED_LEE.filter(v, 1200, 30, new Window(501, 5, 300, 20), 4.4);

    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 300; x++) {
        float expected = whole[(y + 5) * 1200 + x + 501];
        float got = part[y * 300 + x];
        assertThat(Float.compare(got, expected) == 0 || Math.abs(got - expected) < 1e-6f).isTrue();
      }
    }
  }

  @Test
  void eachPixelAgreesWithThePublishedFormulaOnItsHalfWindow() {
    float[] v = speckled(60 * 60, 4);
    float[] f = SpeckleFilter.REFINED_LEE.filter(v, 60, 60, new Window(3, 3, 54, 54), 4.4);

    for (int y = 0; y < 54; y++) {
      for (int x = 0; x < 54; x++) {
        float got = f[y * 54 + x];
        float expected = byDefinition(v, 60, x + 3, y + 3, 1 / 4.4);
        assertThat(got).as(x + "," + y).isCloseTo(expected, within(2e-5f * Math.max(1, expected)));
      }
    }
  }

  /** Written from the paper, pixel by pixel. */
  private static float byDefinition(float[] v, int width, int cx, int cy, double s) {
    double[][] m = new double[3][3];
    for (int j = 0; j < 3; j++) {
      for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 9; k++) {
          int x = cx + 2 * (i - 1) + k % 3 - 1;
          m[j][i] += v[(cy + 2 * (j - 1) + k / 3 - 1) * width + x] / 9.0;
        }
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
    boolean first = Math.abs(a - m[1][1]) <= Math.abs(b - m[1][1]);
    double sum = 0;
    double square = 0;
    int n = 0;
    for (int dy = -3; dy <= 3; dy++) {
      for (int dx = -3; dx <= 3; dx++) {
        int side = new int[] {dx, dy, dx + dy, dy - dx}[d];
        if (first ? side <= 0 : side >= 0) {
          double z = v[(cy + dy) * width + cx + dx];
          sum += z;
          square += z * z;
          n++;
        }
      }
    }
    assertThat(n).isEqualTo(28);
    double e = sum / n;
    double var = square / n - e * e;
    double k = Math.max(0, (var - e * e * s) / (var * (1 + s)));
    return (float) (e + k * (v[cy * width + cx] - e));
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
