package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import java.util.List;

/**
 * An opened product: its metadata and one scene per polarization. Close it to release its files.
 */
public interface Product extends AutoCloseable {
  ProductInfo info();

  /** The scenes in the product's order, at least one. */
  List<Scene> scenes();

  /** The scene of one polarization, as {@link ProductInfo#polarizations()} spells it. */
  default Scene scene(String polarization) {
    return scenes().stream()
        .filter(s -> s.polarization().equals(polarization))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    info().productId() + " has no polarization " + polarization));
  }

  @Override
  void close() throws SceneException;
}
