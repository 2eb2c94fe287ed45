package dev.sarscribe.producer;

import dev.sarscribe.imagery.product.Products;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies in a directory at one moment: products by their names (a {@code .SAFE} folder is one),
 * and files that are none. Hidden and temporary files are neither.
 *
 * @param products sorted by path
 * @param ignored sorted by path
 */
record DirectoryScan(List<Found> products, List<Path> ignored) {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryScan.class);

  /** Archives nest by year, month and day; deeper is a mistake or a loop. */
  private static final int MAX_DEPTH = 12;

  /** Bounds the memory of a scan; a larger archive is fed folder by folder. */
  private static final int MAX_FILES = 1_000_000;

  private static final Set<String> TEMPORARY_SUFFIXES =
      Set.of(".part", ".tmp", ".crdownload", ".partial", ".filepart", ".aria2");

  /** Named like a raster: either a product or worth a dead letter. */
  private static final Set<String> RASTER_SUFFIXES =
      Set.of(".tif", ".tiff", ".gtiff", ".jp2", ".img", ".nc", ".h5", ".ntf", ".vrt", ".n1");

  /**
   * A product by its name.
   *
   * @param fingerprint of a file, since the walk has its size and time anyway; empty of a folder
   */
  record Found(Path path, Optional<Fingerprint> fingerprint) {}

  static DirectoryScan of(Path directory, PathFilter filter) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory");
    }
    Visitor visitor = new Visitor(directory, filter);
    Files.walkFileTree(directory, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, visitor);
    visitor.products.sort(Comparator.comparing(Found::path));
    Collections.sort(visitor.ignored);
    return new DirectoryScan(visitor.products, visitor.ignored);
  }

  private static boolean isTemporary(Path path) {
    String name = lowerCaseName(path);
    return name.startsWith(".")
        || name.endsWith("~")
        || TEMPORARY_SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static boolean isNamedLikeRaster(Path path) {
    String name = lowerCaseName(path);
    return RASTER_SUFFIXES.stream().anyMatch(name::endsWith);
  }

  private static boolean isSafeFolder(Path path) {
    return lowerCaseName(path).endsWith(".safe") || Files.exists(path.resolve("manifest.safe"));
  }

  private static String lowerCaseName(Path path) {
    Path name = path.getFileName();
    return name == null ? "" : name.toString().toLowerCase(Locale.ROOT);
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final Path root;
    private final PathFilter filter;
    private final List<Found> products = new ArrayList<>();
    private final List<Path> ignored = new ArrayList<>();

    Visitor(Path root, PathFilter filter) {
      this.root = root;
      this.filter = filter;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      Path relative = root.relativize(folder);
      if (!folder.equals(root) && (isTemporary(folder) || filter.excludes(relative))) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      if (isSafeFolder(folder)) {
        if (filter.includes(relative)) {
          products.add(new Found(folder, Optional.empty()));
        }
        return FileVisitResult.SKIP_SUBTREE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (products.size() + ignored.size() >= MAX_FILES) {
        throw new IOException("%s has more than %d files".formatted(root, MAX_FILES));
      }
      Path relative = root.relativize(file);
      if (isTemporary(file) || filter.excludes(relative) || !filter.includes(relative)) {
        return FileVisitResult.CONTINUE;
      }
      if (attributes.isRegularFile()
          && (isNamedLikeRaster(file) || Products.looksLikeProduct(file))) {
        products.add(new Found(file, Optional.of(Fingerprint.ofFile(attributes))));
      } else {
        ignored.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (file.equals(root)) {
        throw e;
      }
      if (e instanceof FileSystemLoopException) {
        LOG.debug("{} leads back to where it came from", file);
      } else {
        LOG.debug("{} cannot be looked at", file, e);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
      if (e != null && folder.equals(root)) {
        throw e;
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
