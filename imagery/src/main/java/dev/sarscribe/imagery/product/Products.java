package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.imagery.source.FileSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

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

  /**
   * Opens a GeoTIFF of any source, which is closed with the product, or if this fails. Products of
   * several files need a path.
   *
   * @param fileName what the file is called where it comes from
   * @throws SceneException if it is no GeoTIFF or cannot be used
   */
  public static Product open(ByteSource source, String fileName) throws SceneException {
    return GeoTiffReader.open(source, fileName);
  }

  /**
   * Opens a file that is not called here as it is where it comes from; the caller closes it.
   *
   * @param fileName what it is called there, by whose ending the format is known; a zip is a SAFE's
   * @throws SceneException if it is of no known format, or cannot be used
   */
  public static Product openAs(Path path, String fileName) throws SceneException {
    String name = fileName.toLowerCase(Locale.ROOT);
    if (name.endsWith(".tif") || name.endsWith(".tiff")) {
      try {
        return GeoTiffReader.open(FileSource.open(path), fileName);
      } catch (IOException e) {
        throw new SceneException(
            Reason.IO_ERROR, fileName, "cannot be opened: " + e.getMessage(), e);
      }
    }
    return isZip(path) ? new SafeReader().open(path) : open(path);
  }

  private static boolean isZip(Path path) throws SceneException {
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(4), new byte[] {'P', 'K', 3, 4});
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, path, "cannot be read: " + e.getMessage(), e);
    }
  }
}
