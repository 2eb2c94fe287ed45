package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.Redaction;
import dev.sarscribe.access.assets.AssetHints;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.access.assets.Opened;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.OwningProduct;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Recipes;

/** Products of any URI that {@link Assets} opens, with the imagery module's readers and recipes. */
final class AssetImagery implements Imagery {
  private final Assets assets;

  AssetImagery(Assets assets) {
    this.assets = assets;
  }

  @Override
  public Product open(String uri, AssetHints hints) throws SceneException, AccessException {
    Opened opened = assets.open(uri, hints);
    if (opened instanceof Opened.Local local) {
      return Products.open(local.path());
    }
    if (opened instanceof Opened.Remote remote) {
      return Products.open(remote.source(), remote.fileName());
    }
    return open((Opened.Downloaded) opened, uri);
  }

  private static Product open(Opened.Downloaded file, String uri) throws SceneException {
    boolean done = false;
    try {
      Product product = Products.openAs(file.path(), file.fileName());
      done = true;
      // Keeps the file in the cache while its product is open.
      return new OwningProduct(product, file.release()::run);
    } catch (SceneException e) { // names the file in the cache, which tells nobody anything
      throw new SceneException(e.reason(), Redaction.of(uri), e.getMessage(), e);
    } finally {
      if (!done) {
        file.release().run();
      }
    }
  }

  @Override
  public Recipe recipe(String name) {
    return Recipes.named(name);
  }
}
