package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The products that a task has opened lately, because one product's bands come in a row. A product
 * whose file or folder changed is opened anew. Owns what it returns; not thread-safe.
 */
final class ProductCache implements AutoCloseable {
  /** Jobs of two acquisitions interleave when their plans arrive together; more is rare. */
  static final int MAX_OPEN = 2;

  private static final Logger LOG = LoggerFactory.getLogger(ProductCache.class);

  private final Imagery imagery;
  private final Map<Path, Entry> open = new LinkedHashMap<>(8, 0.75f, true);

  ProductCache(Imagery imagery) {
    this.imagery = imagery;
  }

  private record Stamp(FileTime modified, long sizeBytes) {
    static Stamp of(Path path) {
      try {
        return new Stamp(Files.getLastModifiedTime(path), Files.size(path));
      } catch (IOException e) {
        // Opening it says what is wrong.
        return new Stamp(FileTime.fromMillis(0), -1);
      }
    }
  }

  private record Entry(Stamp stamp, Product product) {}

  /** The opened product; it stays open until evicted. */
  Product get(Path path) throws SceneException {
    Stamp stamp = Stamp.of(path);
    Entry cached = open.get(path);
    if (cached != null && cached.stamp().equals(stamp)) {
      return cached.product();
    }
    evict(path);
    if (open.size() == MAX_OPEN) {
      evict(open.keySet().iterator().next());
    }
    Product product = imagery.open(path);
    open.put(path, new Entry(stamp, product));
    return product;
  }

  /** Closes a product if it is open, because it cannot be trusted any more. */
  void evict(Path path) {
    Entry entry = open.remove(path);
    if (entry != null) {
      close(entry.product());
    }
  }

  @Override
  public void close() {
    open.values().forEach(e -> close(e.product()));
    open.clear();
  }

  private static void close(Product product) {
    try {
      product.close();
    } catch (SceneException e) {
      LOG.warn("cannot be closed: {}", e.getMessage());
    }
  }
}
