package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Recipes;
import java.nio.file.Path;

/** The imagery module's own readers and recipes. */
final class FileImagery implements Imagery {
  @Override
  public Product open(Path path) throws SceneException {
    return Products.open(path);
  }

  @Override
  public Recipe recipe(String name) {
    return Recipes.named(name);
  }
}
