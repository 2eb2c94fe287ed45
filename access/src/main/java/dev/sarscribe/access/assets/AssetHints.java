package dev.sarscribe.access.assets;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of an asset before it is opened.
 *
 * @param sizeBytes size of the file, if published
 * @param checksum STAC {@code file:checksum}, if published
 * @param mediaType as published
 */
public record AssetHints(
    OptionalLong sizeBytes, Optional<String> checksum, Optional<String> mediaType) {
  public static final AssetHints NONE =
      new AssetHints(OptionalLong.empty(), Optional.empty(), Optional.empty());
}
