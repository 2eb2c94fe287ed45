package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.TileJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The products that a task has opened lately, because one product's bands come in a row. A product
 * is opened anew if its file, or any file of its folder, changed, or if the job is of another
 * product or checksum; one of another machine also now and then, which asks whether it is still the
 * same. Owns what it returns; not thread-safe.
 */
final class ProductCache implements AutoCloseable {
  /** Jobs of two acquisitions interleave when their plans arrive together; more is rare. */
  static final int MAX_OPEN = 2;

  private static final Logger LOG = LoggerFactory.getLogger(ProductCache.class);

  /** A SAFE has some 30 files in folders 3 deep. */
  private static final int MAX_DEPTH = 8;

  private static final int MAX_FILES = 10_000;

  /** Opening an archive again costs unpacking it. */
  private static final long REMOTE_NS = Duration.ofMinutes(5).toNanos();

  private final Imagery imagery;
  private final Map<String, Entry> open = new LinkedHashMap<>(8, 0.75f, true);

  ProductCache(Imagery imagery) {
    this.imagery = imagery;
  }

  /** What a product is taken to be the same by. */
  private record Stamp(AcquisitionSource source, String checksum, Long sizeBytes, Listing files) {
    static Stamp of(TileJob job) {
      return new Stamp(
          job.getSource(), job.getChecksum(), job.getSizeBytes(), Listing.of(job.getProductUri()));
    }
  }

  /**
   * What a listing tells of a product's files. That of a folder alone would not do: its own time
   * does not change with what lies deeper.
   */
  private record Listing(long count, long sizeBytes, long mixed) {
    static final Listing UNKNOWN = new Listing(-1, -1, 0);

    static Listing of(String uri) {
      if (!Assets.isLocal(uri)) {
        return UNKNOWN;
      }
      try (Stream<Path> walk =
          Files.walk(Path.of(URI.create(uri)), MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
        Listing sum = new Listing(0, 0, 0);
        for (Path file : (Iterable<Path>) walk.limit(MAX_FILES)::iterator) {
          sum = sum.with(file, Files.readAttributes(file, BasicFileAttributes.class));
        }
        return sum;
      } catch (IOException
          | UncheckedIOException
          | IllegalArgumentException
          | FileSystemNotFoundException e) {
        return UNKNOWN; // opening it says what is wrong
      }
    }

    private Listing with(Path file, BasicFileAttributes attributes) {
      long size = attributes.isRegularFile() ? attributes.size() : 0;
      long one = 31L * file.hashCode() + Objects.hash(size, attributes.lastModifiedTime());
      return new Listing(count + 1, sizeBytes + size, mixed + one * 0x9E3779B97F4A7C15L);
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

  /** Closes all; they are opened again when they are wanted. */
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
