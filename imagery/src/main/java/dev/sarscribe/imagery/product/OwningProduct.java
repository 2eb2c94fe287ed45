package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import java.util.List;

/**
 * A product that owns what it is read from, a temporary file for instance, and lets go of it once
 * it is closed.
 *
 * @param product all but the closing
 * @param release runs after the product is closed, also if that fails
 */
public record OwningProduct(Product product, Release release) implements Product {
  /** Lets go of what a product is read from. */
  public interface Release {
    void run() throws SceneException;
  }

  @Override
  public ProductInfo info() throws SceneException {
    return product.info();
  }

  @Override
  public List<Scene> scenes() {
    return product.scenes();
  }

  @Override
  public void close() throws SceneException {
    try {
      product.close();
    } finally {
      release.run();
    }
  }
}
