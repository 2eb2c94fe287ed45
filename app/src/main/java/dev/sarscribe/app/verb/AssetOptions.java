package dev.sarscribe.app.verb;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.access.assets.S3Settings;
import dev.sarscribe.app.process.CommandFailedException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What may be fetched from other machines, with what, and where it is kept. */
public final class AssetOptions {
  @Mixin private AccessOptions access;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Folder of downloaded products (default: a folder beside the state).")
  private Path cache;

  @Option(
      names = "--cache-size",
      paramLabel = "SIZE",
      defaultValue = "50G",
      converter = ByteSize.Converter.class,
      description =
          "Size of that folder, as 500M or 50G; products that were not used for the longest time"
              + " make room (default: ${DEFAULT-VALUE}).")
  private ByteSize cacheSize = ByteSize.of("50G");

  @Option(
      names = "--max-download",
      paramLabel = "SIZE",
      defaultValue = "16G",
      converter = ByteSize.Converter.class,
      description = "Largest product that is fetched (default: ${DEFAULT-VALUE}).")
  private ByteSize maxDownload = ByteSize.of("16G");

  @Option(
      names = "--s3-endpoint",
      paramLabel = "URL",
      description =
          "Service for s3: URIs, as https://eodata.dataspace.copernicus.eu (default: Amazon's)."
              + " Keys come from where AWS tools look for them.")
  private URI s3Endpoint;

  @Option(
      names = "--s3-region",
      paramLabel = "REGION",
      description = "Region of the buckets (default: AWS_REGION, the profile's, or us-east-1).")
  private String s3Region;

  @Option(names = "--s3-anonymous", description = "Do not sign requests, for public buckets.")
  private boolean s3Anonymous;

  @Option(
      names = "--s3-requester-pays",
      description = "Pay for what is fetched, where a bucket wants that.")
  private boolean s3RequesterPays;

  /**
   * The settings that the options and the environment ask for; the credentials file is read.
   *
   * @param defaultCache the cache's folder unless one was named
   * @throws CommandFailedException if an option makes no sense
   */
  AssetSettings settings(Path defaultCache) throws CommandFailedException {
    return settings(defaultCache, System.getenv());
  }

  AssetSettings settings(Path defaultCache, Map<String, String> environment)
      throws CommandFailedException {
    Path folder = cache == null ? defaultCache : cache;
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new CommandFailedException("--cache: %s is not a folder".formatted(folder));
    }
    try {
      AccessPolicy policy = access.policy(environment).withMaxDownloadBytes(maxDownload.bytes());
      Credentials all = access.credentials(environment);
      var s3 =
          new S3Settings(
              Optional.ofNullable(s3Endpoint),
              Optional.ofNullable(s3Region),
              s3Anonymous,
              s3RequesterPays);
      return new AssetSettings(policy, all, s3, folder, cacheSize.bytes());
    } catch (IllegalArgumentException | AccessException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
  }
}
