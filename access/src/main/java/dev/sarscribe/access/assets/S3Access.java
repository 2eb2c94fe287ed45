package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.PolicyResolver;
import dev.sarscribe.access.ProxyRoutes;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.RequestPayer;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Reads objects of S3 and of services that speak its protocol; every connection is subject to the
 * policy. Thread-safe; the SDK tries again what can heal.
 */
final class S3Access implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 64;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("(?i)bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

  private final S3Client client;
  private final boolean requesterPays;

  private S3Access(S3Client client, boolean requesterPays) {
    this.client = client;
    this.requesterPays = requesterPays;
  }

  /** A client that has asked nothing yet. */
  static S3Access open(S3Settings settings, AccessPolicy policy) {
    PolicyResolver resolver = new PolicyResolver(policy);
    ProxyRoutes routes = new ProxyRoutes(policy.proxy());
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .dnsResolver(resolver)
                    // Else the SDK takes what the environment says, past the policy.
                    .httpRoutePlanner(routes)
                    .credentialsProvider(routes.logins())
                    .maxConnections(MAX_CONNECTIONS)
                    .connectionTimeout(policy.limits().connect())
                    .socketTimeout(policy.limits().stall()))
            .overrideConfiguration(
                c ->
                    c.apiCallTimeout(policy.limits().document())
                        .addExecutionInterceptor(new TargetCheck(resolver)))
            .region(region(settings))
            // Objects of other services often have none, and ranges never do.
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .credentialsProvider(
                settings.anonymous()
                    ? AnonymousCredentialsProvider.create()
                    : DefaultCredentialsProvider.builder().build());
    settings.endpoint().ifPresent(e -> builder.endpointOverride(e).forcePathStyle(true));
    if (settings.endpoint().isEmpty()) {
      builder.crossRegionAccessEnabled(true);
    }
    return new S3Access(builder.build(), settings.requesterPays());
  }

  /** A server that is asked through a proxy does not come to the resolver. */
  private record TargetCheck(PolicyResolver resolver) implements ExecutionInterceptor {
    @Override
    public void beforeTransmission(
        Context.BeforeTransmission context, ExecutionAttributes attributes) {
      SdkHttpRequest request = context.httpRequest();
      try {
        resolver.checkTarget(request.protocol(), request.host());
      } catch (UnknownHostException e) {
        throw SdkClientException.create(e.getMessage(), e);
      }
    }
  }

  private static Region region(S3Settings settings) {
    if (settings.region().isPresent()) {
      return Region.of(settings.region().orElseThrow());
    }
    try {
      // Without the machine's metadata service, which is slow to be absent.
      String named = System.getenv("AWS_REGION");
      return named != null ? Region.of(named) : new DefaultAwsRegionProviderChain().getRegion();
    } catch (SdkClientException e) {
      return Region.US_EAST_1;
    }
  }

  /**
   * The object of a URI {@code s3://bucket/key}.
   *
   * @throws AccessException {@code INVALID} if it names none
   */
  RemoteObject object(URI uri) throws AccessException {
    String bucket = uri.getRawAuthority();
    String path = uri.getPath();
    if (bucket == null
        || !bucket.matches("[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}")
        || path == null
        || path.length() < 2) {
      throw new AccessException(Reason.INVALID, uri, "is not of the form s3://bucket/key");
    }
    return new S3Object(uri, bucket, path.substring(1));
  }

  private final class S3Object implements RemoteObject {
    private final URI uri;
    private final String bucket;
    private final String key;

    S3Object(URI uri, String bucket, String key) {
      this.uri = uri;
      this.bucket = bucket;
      this.key = key;
    }

    @Override
    public URI uri() {
      return uri;
    }

    @Override
    public Transfer read(long offset, OptionalLong length) throws AccessException {
      GetObjectRequest.Builder request = GetObjectRequest.builder().bucket(bucket).key(key);
      if (offset > 0 || length.isPresent()) {
        String end = length.isPresent() ? String.valueOf(offset + length.getAsLong() - 1) : "";
        request.range("bytes=%d-%s".formatted(offset, end));
      }
      if (requesterPays) {
        request.requestPayer(RequestPayer.REQUESTER);
      }
      try {
        return new S3Transfer(uri, client.getObject(request.build()), offset);
      } catch (SdkException e) {
        throw failed(uri, e);
      }
    }
  }

  private static AccessException failed(URI uri, SdkException e) {
    if (e instanceof S3Exception s3) {
      Reason reason =
          switch (s3.statusCode()) {
            case 401, 403 -> Reason.UNAUTHORIZED;
            case 404 -> Reason.NOT_FOUND;
            case 429 -> Reason.RATE_LIMITED;
            case 500, 502, 503, 504 -> Reason.SERVER_ERROR;
            default -> Reason.HTTP_ERROR;
          };
      String code =
          Optional.ofNullable(s3.awsErrorDetails())
              .map(details -> details.errorCode()) // none where the answer has no body
              .map(known -> " " + known)
              .orElse("");
      return new AccessException(reason, uri, "answers %d%s".formatted(s3.statusCode(), code), e);
    }
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof PolicyResolver.RefusedAddress) {
        return new AccessException(Reason.REFUSED_BY_POLICY, uri, t.getMessage(), e);
      }
      if (t instanceof SocketTimeoutException) {
        return new AccessException(Reason.TIMEOUT, uri, "no answer in time", e);
      }
    }
    String said = String.valueOf(e.getMessage());
    boolean keys = said.contains("Unable to load credentials");
    return keys
        ? new AccessException(
            Reason.UNAUTHORIZED,
            uri,
            "no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile by"
                + " AWS_PROFILE, or read public buckets with --s3-anonymous",
            e)
        : new AccessException(Reason.UNREACHABLE, uri, said, e);
  }

  private static final class S3Transfer implements RemoteObject.Transfer {
    private final URI uri;
    private final ResponseInputStream<GetObjectResponse> body;
    private final long start;
    private final boolean part;
    private final OptionalLong total;

    S3Transfer(URI uri, ResponseInputStream<GetObjectResponse> body, long offset)
        throws AccessException {
      this.uri = uri;
      this.body = body;
      GetObjectResponse head = body.response();
      Matcher m = CONTENT_RANGE.matcher(String.valueOf(head.contentRange()));
      this.part = m.matches();
      this.start = part ? Long.parseLong(m.group(1)) : 0;
      if (part && start != offset) {
        body.abort();
        throw new AccessException(
            Reason.HTTP_ERROR, uri, "answers with the range " + head.contentRange());
      }
      this.total =
          part
              ? OptionalLong.of(Long.parseLong(m.group(3)))
              : head.contentLength() == null
                  ? OptionalLong.empty()
                  : OptionalLong.of(head.contentLength());
    }

    @Override
    public long start() {
      return start;
    }

    @Override
    public boolean isPart() {
      return part;
    }

    @Override
    public OptionalLong total() {
      return total;
    }

    @Override
    public String validator() {
      String tag = body.response().eTag();
      return tag != null
          ? tag
          : body.response().lastModified() == null ? "" : body.response().lastModified().toString();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws AccessException {
      try {
        return body.read(into, offset, length);
      } catch (SocketTimeoutException e) {
        throw new AccessException(Reason.TIMEOUT, uri, "no more data in time", e);
      } catch (IOException | SdkException e) {
        throw new AccessException(Reason.TRUNCATED, uri, "broke off: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      body.abort(); // a body that is not read to its end may be gigabytes
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
