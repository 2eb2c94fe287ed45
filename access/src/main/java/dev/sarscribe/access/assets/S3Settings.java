package dev.sarscribe.access.assets;

import java.net.URI;
import java.util.Optional;

/**
 * How {@code s3:} URIs are read. Keys come from where AWS tools look for them: the environment, a
 * profile, or the role of the machine.
 *
 * @param endpoint of a service that is not Amazon's; buckets are then part of the path
 * @param region of the buckets; without one that of the environment, else {@code us-east-1}
 * @param anonymous whether requests are not signed, for public buckets
 * @param requesterPays whether the account pays for what it fetches, where a bucket wants that
 */
public record S3Settings(
    Optional<URI> endpoint, Optional<String> region, boolean anonymous, boolean requesterPays) {
  public static final S3Settings DEFAULT =
      new S3Settings(Optional.empty(), Optional.empty(), false, false);

  public S3Settings {
    if (endpoint.isPresent()
        && (endpoint.get().getHost() == null
            || !String.valueOf(endpoint.get().getScheme()).matches("(?i)https?"))) {
      throw new IllegalArgumentException("the S3 endpoint is no http or https URL");
    }
    if (region.isPresent() && !region.get().matches("[a-z0-9-]{1,40}")) {
      throw new IllegalArgumentException("'%s' is no S3 region".formatted(region.get()));
    }
    if (anonymous && requesterPays) {
      throw new IllegalArgumentException("a requester that pays is not anonymous");
    }
  }
}
