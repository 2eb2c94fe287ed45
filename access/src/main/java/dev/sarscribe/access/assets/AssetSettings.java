package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import java.nio.file.Path;

/**
 * How assets are opened.
 *
 * @param policy what may be fetched
 * @param credentials what hosts are shown
 * @param s3 how {@code s3:} URIs are read
 * @param cacheFolder where downloads lie; made if it is needed
 * @param cacheBytes size of that folder, at least 1
 */
public record AssetSettings(
    AccessPolicy policy,
    Credentials credentials,
    S3Settings s3,
    Path cacheFolder,
    long cacheBytes) {
  public AssetSettings {
    if (cacheBytes < 1) {
      throw new IllegalArgumentException("the cache has room for at least one byte");
    }
  }

  /** Clients of their own; nothing is asked before the first asset is opened. */
  public Assets open() {
    return Assets.open(HttpAccess.open(policy, credentials), s3, cacheFolder, cacheBytes);
  }
}
