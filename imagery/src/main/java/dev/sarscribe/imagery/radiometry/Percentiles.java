package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Scene;
import java.util.Arrays;

/**
 * Percentiles of a scene's values in decibels, from a decimated read: 64 evenly spaced rows, at
 * most a million values in all, whatever the size of the scene.
 */
final class Percentiles {
  private static final int STRIPS = 64;

  private static final int VALUES_PER_ROW = 16_384;

  /** Reads a strip of a scene and takes it to decibels. */
  @FunctionalInterface
  interface StripToDb {
    float[] apply(Scene scene, Window strip) throws SceneException;
  }

  private Percentiles() {}

  /** Valid values in ascending order, NaN left out. */
  static float[] sample(Scene scene, StripToDb chain) throws SceneException {
    int strips = Math.min(STRIPS, scene.height());
    int step = (scene.width() - 1) / VALUES_PER_ROW + 1;
    float[] kept = new float[strips * ((scene.width() - 1) / step + 1)];
    int n = 0;
    for (int i = 0; i < strips; i++) {
      int y = (int) ((i + 0.5) * scene.height() / strips);
      float[] db = chain.apply(scene, new Window(0, y, scene.width(), 1));
      for (int x = 0; x < db.length; x += step) {
        if (!Float.isNaN(db[x])) {
          kept[n++] = db[x];
        }
      }
    }
    float[] sorted = Arrays.copyOf(kept, n);
    Arrays.sort(sorted);
    return sorted;
  }

  /** A percentile of ascending values by the nearest rank. */
  static double of(float[] ascending, double percent) {
    int rank = (int) Math.ceil(percent / 100 * ascending.length) - 1;
    return ascending[Math.max(0, Math.min(ascending.length - 1, rank))];
  }
}
