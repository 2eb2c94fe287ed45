package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Opens rasters of other formats through GDAL's {@code gdal_translate}, run as a child process into
 * a temporary GeoTIFF that is deleted when the product is closed. Where it is not installed, such
 * files are refused with a hint.
 */
public final class GdalTranslateReader implements ProductReader {
  private static final Set<String> ENDINGS =
      Set.of("ntf", "nitf", "jp2", "img", "vrt", "hdr", "dim", "nc", "rst");
  private static final long MAX_SOURCE_BYTES = 16L << 30;
  private static final long MAX_MINUTES = 15;

  @Override
  public boolean supports(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  @Override
  public Product open(Path path) throws SceneException {
    Path folder = null;
    try {
      if (Files.size(path) > MAX_SOURCE_BYTES) {
        throw new SceneException(Reason.TOO_LARGE, path, "over 16 GiB");
      }
      folder = Files.createTempDirectory("sarscribe-");
      // The name carries what the file name says about polarization and unit.
      String safe = GeoTiffReader.sanitised(path.getFileName().toString());
      Path converted = folder.resolve(safe + ".tif");
      translate(path, converted);
      return new Converted(new GeoTiffReader().open(converted), converted);
    } catch (IOException e) {
      delete(folder);
      throw new SceneException(Reason.IO_ERROR, path, "converting: " + e.getMessage(), e);
    } catch (SceneException e) {
      delete(folder);
      throw new SceneException(e.reason(), path, "converted by GDAL: " + e.getMessage(), e);
    }
  }

  private static void translate(Path from, Path to) throws SceneException, IOException {
    Path log = to.resolveSibling("log");
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "gdal_translate",
                  "-q",
                  "-of",
                  "GTiff",
                  "-co",
                  "BIGTIFF=IF_SAFER",
                  from.toAbsolutePath().toString(),
                  to.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw new SceneException(
          Reason.UNSUPPORTED,
          from,
          "needs gdal_translate: install GDAL (Debian: gdal-bin) or convert it to GeoTIFF",
          e);
    }
    try {
      if (!process.waitFor(MAX_MINUTES, TimeUnit.MINUTES)) {
        throw new SceneException(Reason.UNSUPPORTED, from, "gdal_translate took too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      byte[] said = Files.readAllBytes(log);
      String start = new String(said, 0, Math.min(300, said.length), StandardCharsets.UTF_8);
      throw new SceneException(Reason.CORRUPT, from, "gdal_translate: " + start.strip());
    }
  }

  private static void delete(Path folder) throws SceneException {
    if (folder == null) {
      return;
    }
    try (var entries = Files.list(folder)) {
      for (Path file : entries.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, folder, "cannot be deleted", e);
    }
  }

  private record Converted(Product product, Path file) implements Product {
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
      product.close();
      delete(file.getParent());
    }
  }
}
