package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The formats that are read, and the way in: {@link #open}. Static, thread-safe. */
public final class Products {
  /** One line per format; the first that supports a path opens it. */
  private static final List<ProductReader> READERS =
      List.of(new SafeReader(), new GeoTiffReader(), new GdalTranslateReader());

  private Products() {}

  /** Whether a path looks like a product, by its name and, for a folder, its manifest. */
  public static boolean looksLikeProduct(Path path) {
    return READERS.stream().anyMatch(r -> r.supports(path));
  }

  /**
   * Opens a product of any format; the caller closes it.
   *
   * @throws SceneException if it is not there, of no known format, or cannot be used
   */
  public static Product open(Path path) throws SceneException {
    if (!Files.exists(path)) {
      throw new SceneException(Reason.NOT_FOUND, path, "no such file or folder");
    }
    for (ProductReader reader : READERS) {
      if (reader.supports(path)) {
        return reader.open(path);
      }
    }
    throw new SceneException(
        Reason.NOT_A_PRODUCT,
        path,
        Files.isDirectory(path)
            ? "a folder without manifest.safe"
            : "neither a GeoTIFF nor a Sentinel-1 SAFE, its zip, nor a raster known to GDAL");
  }
}
