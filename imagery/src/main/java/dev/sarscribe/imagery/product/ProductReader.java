package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import java.nio.file.Path;

/** Opens one kind of SAR product. Stateless and thread-safe. */
public interface ProductReader {
  /** Whether this reader is the one for the path, judged by its name and first bytes only. */
  boolean supports(Path path);

  /**
   * Reads the headers of a product; pixels are read later, window by window. Only a raster of
   * floats that does not say what they mean is looked at in a few spots.
   *
   * @throws SceneException if the product cannot be used, with its file's name and the cause
   */
  Product open(Path path) throws SceneException;
}
