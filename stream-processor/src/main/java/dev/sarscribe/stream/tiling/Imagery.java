package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.assets.AssetHints;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.radiometry.Recipe;

/** What the topology asks of other modules; thread-safe. Tests bring products in memory. */
interface Imagery {
  /**
   * Opens the product that a URI names and reads its headers.
   *
   * @throws AccessException if its bytes cannot be had
   * @throws SceneException if they are no product
   */
  Product open(String uri, AssetHints hints) throws SceneException, AccessException;

  /**
   * The recipe of that name and version.
   *
   * @throws IllegalArgumentException if there is none
   */
  Recipe recipe(String name);
}
