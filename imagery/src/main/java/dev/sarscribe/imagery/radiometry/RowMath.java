package dev.sarscribe.imagery.radiometry;

/**
 * Arithmetic on rows of samples. Each loop indexes every array by its bare counter and does one
 * thing, because that is what HotSpot turns into vector instructions, on Java 17 as on 25: an
 * offset into one of the arrays costs a factor of eight, a conditional five. So what is shifted is
 * copied first ({@link System#arraycopy}), and choices are made by masks of 0 and 1. Static,
 * thread-safe; destinations may be sources.
 */
final class RowMath {
  /** Lifts any difference of powers of at least 1e-16, 6e-24 or more, to at least 1. */
  private static final float STEEP = 1e38f;

  private RowMath() {}

  static void add(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = a[i] + b[i];
    }
  }

  static void add(float[] a, float[] b, float[] c, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = a[i] + b[i] + c[i];
    }
  }

  static void subtract(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = a[i] - b[i];
    }
  }

  static void multiply(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = a[i] * b[i];
    }
  }

  /** a / max(b, 1): a mean of b samples, 0 where there are none and so their sum a is 0. */
  static void mean(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = a[i] / Math.max(b[i], 1f);
    }
  }

  /** |a + b + c|. */
  static void absoluteSum(float[] a, float[] b, float[] c, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Math.abs(a[i] + b[i] + c[i]);
    }
  }

  /** |a + b - c|. */
  static void absoluteBalance(float[] a, float[] b, float[] c, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Math.abs(a[i] + b[i] - c[i]);
    }
  }

  /** |a - b|. */
  static void distance(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Math.abs(a[i] - b[i]);
    }
  }

  static void max(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Math.max(a[i], b[i]);
    }
  }

  /** 1 where a > b, else 0. */
  static void greater(float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Math.min(1f, Math.max(0f, (a[i] - b[i]) * STEEP));
    }
  }

  /**
   * a where the mask is 1, b where it is 0; exactly so, as one of the products is 0. Infinite
   * values make NaN of both.
   */
  static void choose(float[] mask, float[] a, float[] b, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = mask[i] * a[i] + (1f - mask[i]) * b[i];
    }
  }

  /** 1 where a number, 0 where NaN. */
  static void validity(float[] values, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Float.isNaN(values[i]) ? 0f : 1f;
    }
  }

  /** NaN becomes 0. */
  static void zeroNaN(float[] values, float[] into, int n) {
    for (int i = 0; i < n; i++) {
      into[i] = Float.isNaN(values[i]) ? 0f : values[i];
    }
  }
}
