package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.imagery.source.ByteSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * The one door to what acquisitions point to. A {@code file:} URI is opened where it is. A GeoTIFF
 * on a server that answers ranges is read where it is, each part once; everything else is
 * downloaded into the cache. Thread-safe.
 *
 * <p>Sizes and checksums are verified for downloads; of a file that is read where it is only the
 * size is.
 */
public final class Assets implements AutoCloseable {
  private static final int MAX_NAME = 200;

  private final AccessPolicy policy;
  private final HttpAccess http;
  private final S3Settings s3Settings;
  private final Path folder;
  private final long maxCacheBytes;
  private S3Access s3;
  private DownloadCache cache;
  private SharedSources shared;

  private Assets(HttpAccess http, S3Settings s3Settings, Path folder, long maxCacheBytes) {
    this.policy = http.policy();
    this.http = http;
    this.s3Settings = s3Settings;
    this.folder = folder;
    this.maxCacheBytes = maxCacheBytes;
  }

  /**
   * Nothing is made or asked before the first asset is opened.
   *
   * @param http which is closed with this
   * @param folder of the cache; made if it is needed
   * @param maxCacheBytes size of the cache, at least 1
   */
  public static Assets open(
      HttpAccess http, S3Settings s3Settings, Path folder, long maxCacheBytes) {
    return new Assets(http, s3Settings, folder, maxCacheBytes);
  }

  /** Whether a URI names something of this machine, which takes no time to open. */
  public static boolean isLocal(String uri) {
    return uri.regionMatches(true, 0, "file:", 0, 5);
  }

  /**
   * Opens an asset. Takes as long as a download takes; the thread may be interrupted.
   *
   * @throws AccessException if its URI is not allowed, or it cannot be had
   */
  public Opened open(String uri, AssetHints hints) throws AccessException {
    URI parsed = parse(uri);
    policy.check(parsed);
    return switch (parsed.getScheme().toLowerCase(Locale.ROOT)) {
      case "file" -> new Opened.Local(path(parsed));
      case "s3" -> remote(s3().object(parsed), hints);
      default -> remote(new HttpObject(http, parsed), hints);
    };
  }

  private static URI parse(String uri) throws AccessException {
    try {
      return URI.create(uri);
    } catch (IllegalArgumentException e) {
      URI none = URI.create("uri");
      throw new AccessException(Reason.INVALID, none, "'%s' is no URI".formatted(uri), e);
    }
  }

  private static Path path(URI uri) throws AccessException {
    try {
      return Path.of(uri);
    } catch (IllegalArgumentException | java.nio.file.FileSystemNotFoundException e) {
      throw new AccessException(Reason.INVALID, uri, "names no file: " + e.getMessage(), e);
    }
  }

  private Opened remote(RemoteObject object, AssetHints hints) throws AccessException {
    String name = fileName(object.uri(), hints);
    if (name.endsWith(".tif") || name.endsWith(".tiff")) {
      Optional<ByteSource> source = shared().open(object);
      if (source.isPresent()) {
        requireSize(source.get(), object.uri(), hints);
        return new Opened.Remote(name, source.get());
      }
    }
    shared(); // idle sources make room for downloads
    DownloadCache.Held held = cache().open(object, hints);
    return new Opened.Downloaded(name, held.path(), held.release());
  }

  private static void requireSize(ByteSource source, URI uri, AssetHints hints)
      throws AccessException {
    if (hints.sizeBytes().isPresent() && hints.sizeBytes().getAsLong() != source.size()) {
      close(source);
      throw new AccessException(
          Reason.CHECKSUM,
          uri,
          "has %d bytes, but %d were published"
              .formatted(source.size(), hints.sizeBytes().getAsLong()));
    }
  }

  private static void close(ByteSource source) {
    try {
      source.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last part of the path, of harmless characters, with the ending that its kind has. */
  private static String fileName(URI uri, AssetHints hints) {
    String path = uri.getPath() == null ? "" : uri.getPath();
    String last = path.substring(path.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
    String name = last.substring(Math.max(0, last.length() - MAX_NAME));
    String lower = name.toLowerCase(Locale.ROOT);
    boolean tiff =
        hints
            .mediaType()
            .filter(t -> t.toLowerCase(Locale.ROOT).startsWith("image/tiff"))
            .isPresent();
    if (lower.endsWith(".tif") || lower.endsWith(".tiff")) {
      int dot = name.lastIndexOf('.');
      return name.substring(0, dot) + lower.substring(dot);
    }
    return tiff ? name + ".tif" : name;
  }

  private synchronized DownloadCache cache() throws AccessException {
    if (cache == null) {
      try {
        cache = new DownloadCache(folder, maxCacheBytes, policy.maxDownloadBytes(), http.retry());
      } catch (IOException e) {
        throw new AccessException(
            Reason.LOCAL_STORAGE, folder.toUri(), "is no cache folder: " + e.getMessage(), e);
      }
    }
    return cache;
  }

  private synchronized SharedSources shared() throws AccessException {
    if (shared == null) {
      DownloadCache c = cache();
      shared = new SharedSources(c.folder(), c, http.retry(), policy.maxDownloadBytes());
      c.claimThrough(shared);
    }
    return shared;
  }

  private synchronized S3Access s3() {
    if (s3 == null) {
      s3 = S3Access.open(s3Settings, policy);
    }
    return s3;
  }

  @Override
  public synchronized void close() {
    if (shared != null) {
      shared.close();
    }
    if (s3 != null) {
      s3.close();
    }
    http.close();
  }
}
