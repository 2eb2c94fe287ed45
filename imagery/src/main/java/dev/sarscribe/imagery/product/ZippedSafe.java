package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A SAFE in the zip that it is delivered in. Metadata are read in place; a measurement is unpacked
 * into a temporary file, which {@link #close} deletes. No name of an entry is ever used as a path.
 */
final class ZippedSafe implements SafeFiles {
  /** A product has about 40 files. */
  private static final int MAX_ENTRIES = 10_000;

  /** The largest ground range measurement is under 2 GB. */
  private static final long MAX_RASTER_BYTES = 3L << 30;

  private static final String MANIFEST = "manifest.safe";

  private final Path path;
  private final ZipFile zip;
  private final String prefix;
  private final List<Path> unpacked = new ArrayList<>();

  private ZippedSafe(Path path, ZipFile zip, String prefix) {
    this.path = path;
    this.zip = zip;
    this.prefix = prefix;
  }

  static ZippedSafe open(Path path) throws SceneException {
    ZipFile zip = openZip(path);
    try {
      if (zip.size() > MAX_ENTRIES) {
        throw new SceneException(Reason.TOO_LARGE, path, zip.size() + " files in the zip");
      }
      String manifest =
          zip.stream()
              .map(ZipEntry::getName)
              .filter(n -> n.equals(MANIFEST) || n.endsWith("/" + MANIFEST))
              .min(java.util.Comparator.comparingInt(String::length))
              .orElseThrow(
                  () ->
                      new SceneException(
                          Reason.NOT_A_PRODUCT, path, "the zip holds no manifest.safe"));
      String prefix = manifest.substring(0, manifest.length() - MANIFEST.length());
      return new ZippedSafe(path, zip, prefix);
    } catch (SceneException e) {
      closeQuietly(zip, e);
      throw e;
    } catch (RuntimeException e) {
      closeQuietly(zip, e);
      throw new SceneException(Reason.CORRUPT, path, "damaged zip: " + e.getMessage(), e);
    }
  }

  private static ZipFile openZip(Path path) throws SceneException {
    try {
      return new ZipFile(path.toFile());
    } catch (NoSuchFileException e) {
      throw new SceneException(Reason.NOT_FOUND, path, "no such file", e);
    } catch (ZipException e) {
      throw new SceneException(Reason.CORRUPT, path, "damaged zip: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, path, "cannot be opened: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new SceneException(Reason.CORRUPT, path, "damaged zip: " + e.getMessage(), e);
    }
  }

  private static void closeQuietly(ZipFile zip, Exception cause) {
    try {
      zip.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Optional<Long> size(String name) {
    return Optional.ofNullable(zip.getEntry(prefix + name)).map(e -> Math.max(0, e.getSize()));
  }

  @Override
  public InputStream stream(String name) throws IOException {
    ZipEntry entry = zip.getEntry(prefix + name);
    if (entry == null) {
      throw new NoSuchFileException(name);
    }
    return zip.getInputStream(entry);
  }

  @Override
  public Path raster(String name) throws SceneException {
    long declared = size(name).orElse(0L);
    if (declared > MAX_RASTER_BYTES) {
      throw new SceneException(Reason.TOO_LARGE, path, name + ": " + declared + " bytes");
    }
    try {
      Path file = Files.createTempFile("sarscribe-", ".tiff");
      unpacked.add(file);
      try (InputStream in = new Bounded(stream(name), declared); // a bomb claims to be small
          OutputStream out = Files.newOutputStream(file)) {
        in.transferTo(out);
      }
      return file;
    } catch (TooLong e) {
      throw new SceneException(
          Reason.CORRUPT, path, name + ": longer than the " + declared + " bytes declared", e);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  @Override
  public void close() throws SceneException {
    try (zip) {
      for (Path file : unpacked) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, path, "closing: " + e.getMessage(), e);
    }
  }
}
