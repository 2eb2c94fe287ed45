package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.radiometry.Recipe;
import java.nio.file.Path;

/** What the topology asks of the imagery module; thread-safe. Tests bring products in memory. */
interface Imagery {
  /** Opens a product and reads its headers. */
  Product open(Path path) throws SceneException;

  /**
   * The recipe of that name and version.
   *
   * @throws IllegalArgumentException if there is none
   */
  Recipe recipe(String name);
}
