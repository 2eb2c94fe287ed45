package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Scene;

/**
 * A named, versioned normalisation chain from a scene's values to 8-bit pixels. Stateless and
 * thread-safe.
 */
public interface Recipe {
  /** Name and version, for instance {@code sarlang/1}. */
  String name();

  /**
   * Estimates the stretch of a scene once, from a decimated read. A scene without any valid pixel
   * gets an arbitrary stretch.
   */
  Stretch estimate(Scene scene) throws SceneException;

  /** Every step and parameter as applied to this scene, for provenance. */
  String describe(Scene scene, Stretch stretch);

  /** Normalises one window; neighbours beyond its edge are read where the filter needs them. */
  NormalisedBand apply(Scene scene, Window window, Stretch stretch) throws SceneException;
}
