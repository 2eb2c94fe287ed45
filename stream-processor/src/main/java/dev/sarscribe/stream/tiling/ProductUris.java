package dev.sarscribe.stream.tiling;

import java.net.URI;
import java.nio.file.Path;

/** From the URI of an asset to the path that a reader opens. */
final class ProductUris {
  private ProductUris() {}

  /**
   * @throws RefusedException {@code UNSUPPORTED} if the URI does not name a file
   */
  static Path path(String uri) throws RefusedException {
    try {
      URI parsed = URI.create(uri);
      if ("file".equalsIgnoreCase(parsed.getScheme())) {
        return Path.of(parsed);
      }
    } catch (IllegalArgumentException e) {
      throw new RefusedException("UNSUPPORTED", uri + " names no file: " + e.getMessage(), e);
    }
    throw new RefusedException("UNSUPPORTED", uri + ": only file: URIs can be opened");
  }
}
