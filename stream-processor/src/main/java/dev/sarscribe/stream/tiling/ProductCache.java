package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.schemas.avro.TileJob;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The products that a task has opened lately, because one product's bands come in a row. A product
 * whose file or folder changed is opened anew, and one of another machine now and then, which asks
 * whether it is still the same. Owns what it returns; not thread-safe.
 */
final class ProductCache implements AutoCloseable {
  /** Jobs of two acquisitions interleave when their plans arrive together; more is rare. */
  static final int MAX_OPEN = 2;

  private static final Logger LOG = LoggerFactory.getLogger(ProductCache.class);

  /** Opening an archive again costs unpacking it. */
  private static final long REMOTE_NS = Duration.ofMinutes(5).toNanos();

  private final Imagery imagery;
  private final Map<String, Entry> open = new LinkedHashMap<>(8, 0.75f, true);

  ProductCache(Imagery imagery) {
    this.imagery = imagery;
  }

  /** What a product is taken to be the same by. */
  private record Stamp(String productId, long modifiedMs, long sizeBytes) {
    static Stamp of(TileJob job) {
      String id = job.getSource().getProductId();
      if (!Assets.isLocal(job.getProductUri())) {
        return new Stamp(id, 0, -1);
      }
      try {
        Path path = Path.of(URI.create(job.getProductUri()));
        return new Stamp(id, Files.getLastModifiedTime(path).toMillis(), Files.size(path));
      } catch (IOException | IllegalArgumentException | FileSystemNotFoundException e) {
        // Opening it says what is wrong.
        return new Stamp(id, 0, -1);
      }
    }
  }

  private record Entry(Stamp stamp, long openedNs, Product product) {}

  /** The opened product; it stays open until evicted. */
  Product get(TileJob job) throws SceneException, AccessException {
    Stamp stamp = Stamp.of(job);
    Entry cached = open.get(job.getProductUri());
    boolean recent =
        cached != null
            && (Assets.isLocal(job.getProductUri())
                || System.nanoTime() - cached.openedNs() < REMOTE_NS);
    if (recent && cached.stamp().equals(stamp)) {
      return cached.product();
    }
    evict(job);
    if (open.size() == MAX_OPEN) {
      close(open.remove(open.keySet().iterator().next()).product());
    }
    Product product = imagery.open(job.getProductUri(), PixelAssets.hints(job));
    open.put(job.getProductUri(), new Entry(stamp, System.nanoTime(), product));
    return product;
  }

  /** Closes a product if it is open, because it cannot be trusted any more. */
  void evict(TileJob job) {
    Entry entry = open.remove(job.getProductUri());
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
