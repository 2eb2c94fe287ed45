package dev.sarscribe.imagery.picture;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Stretch;
import java.awt.image.BufferedImage;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Any image as one 8-bit tile: PNG and JPEG as they are (colour as luminance), products through a
 * recipe. Static, thread-safe.
 */
public final class PlainImages {
  /** A product of up to this many pixels is taken at full resolution. */
  private static final long FULL_PIXELS = 4096L * 4096;

  /** Longest edge of the overview of a larger one. */
  private static final int OVERVIEW_EDGE = 1024;

  private static final int BAND_ROWS = 512;

  private PlainImages() {}

  /**
   * Loads an image. Of a product the first polarization is taken, whole: at full resolution up to
   * 4096 x 4096 pixels, beyond that as block means of the normalised pixels (nodata left out) whose
   * longest edge is at most 1024. The tile is named by the file.
   *
   * @throws SceneException if it cannot be read, or a PNG or JPEG is over 20,000 pixels wide or
   *     high, over 100 megapixels or 400 MB, or its progressive scans add up to over 200 megapixels
   */
  public static TileImage load(Path path, Recipe recipe) throws SceneException {
    String name = String.valueOf(path.getFileName());
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".png")) {
      return plain(path, name, "png");
    }
    if (lower.endsWith(".jpg") || lower.endsWith(".jpeg")) {
      return plain(path, name, "jpeg");
    }
    try (Product product = Products.open(path)) {
      Scene scene = product.scenes().get(0);
      Stretch stretch = recipe.estimate(scene);
      boolean full = (long) scene.width() * scene.height() <= FULL_PIXELS;
      return full ? whole(name, scene, recipe, stretch) : overview(name, scene, recipe, stretch);
    }
  }

  private static TileImage plain(Path path, String name, String format) throws SceneException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      BufferedImage image = BoundedImages.read(in, format);
      return new TileImage(name, image.getWidth(), image.getHeight(), BoundedImages.grey(image));
    } catch (NoSuchFileException e) {
      throw new SceneException(Reason.NOT_FOUND, path, "no such file", e);
    } catch (BoundedImages.ImageTooLarge e) {
      throw new SceneException(Reason.TOO_LARGE, path, e.getMessage(), e);
    } catch (IOException e) {
      throw new SceneException(Reason.CORRUPT, path, String.valueOf(e.getMessage()), e);
    }
  }

  private static TileImage whole(String name, Scene scene, Recipe recipe, Stretch stretch)
      throws SceneException {
    Window all = new Window(0, 0, scene.width(), scene.height());
    return new TileImage(
        name, all.width(), all.height(), recipe.apply(scene, all, stretch).pixels());
  }

  private static TileImage overview(String name, Scene scene, Recipe recipe, Stretch stretch)
      throws SceneException {
    int factor = (Math.max(scene.width(), scene.height()) - 1) / OVERVIEW_EDGE + 1;
    int width = (scene.width() - 1) / factor + 1;
    int height = (scene.height() - 1) / factor + 1;
    byte[] out = new byte[width * height];
    int rowsAtOnce = Math.max(1, BAND_ROWS / factor); // of the overview
    for (int row = 0; row < height; row += rowsAtOnce) {
      int y = row * factor;
      int end = Math.min(scene.height(), (row + rowsAtOnce) * factor);
      Window band = new Window(0, y, scene.width(), end - y);
      byte[] pixels = recipe.apply(scene, band, stretch).pixels();
      for (int r = row; r * factor < end; r++) {
        blockMeans(pixels, band, r * factor - y, factor, out, r * width);
      }
    }
    return new TileImage(name, width, height, out);
  }

  /** Means of the valid pixels of one row of blocks; 0 where a block has none. */
  private static void blockMeans(
      byte[] pixels, Window band, int from, int factor, byte[] out, int to) {
    int rows = Math.min(factor, band.height() - from);
    for (int x0 = 0, block = 0; x0 < band.width(); x0 += factor, block++) {
      int columns = Math.min(factor, band.width() - x0);
      long sum = 0;
      int valid = 0;
      for (int y = from; y < from + rows; y++) {
        for (int x = x0; x < x0 + columns; x++) {
          int v = pixels[y * band.width() + x] & 0xFF;
          sum += v;
          valid += v == 0 ? 0 : 1;
        }
      }
      out[to + block] = valid == 0 ? 0 : (byte) ((sum + valid / 2) / valid);
    }
  }
}
