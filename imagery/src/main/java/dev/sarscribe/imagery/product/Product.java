package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import java.util.List;

/**
 * An opened product: its metadata and one scene per polarization. Close it to release its files.
 */
public interface Product extends AutoCloseable {
  /**
   * What the metadata say. May read parts of the file for the product's identity, so it is asked
   * for once, by whoever publishes the product.
   *
   * @throws SceneException if the file cannot be read
   */
  ProductInfo info() throws SceneException;

  /** The scenes in the product's order, at least one. */
  List<Scene> scenes();

  /** The scene of one polarization, as {@link ProductInfo#polarizations()} spells it. */
  default Scene scene(String polarization) {
    return scenes().stream()
        .filter(s -> s.polarization().equals(polarization))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("the product has no polarization " + polarization));
  }

  @Override
  void close() throws SceneException;
}
