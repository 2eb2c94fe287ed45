package dev.sarscribe.access.assets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.HttpProxy;
import dev.sarscribe.access.Retry;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.testing.FileHost;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class S3AccessTest {
  private static final AccessPolicy LOOPBACK = AccessPolicy.DEFAULT.withPrivateNetworks(true);
  private static final Retry QUICK =
      new Retry(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10));

  @TempDir private Path folder;
  private LoopbackServer server;
  private final byte[] bytes = new byte[700_000];

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer();
    new Random(1).nextBytes(bytes);
    System.setProperty("aws.accessKeyId", "AKIDTEST");
    System.setProperty("aws.secretAccessKey", "s3cret");
  }

  @AfterEach
  void stop() {
    server.close();
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private Assets assets(AccessPolicy policy, boolean anonymous) {
    return assets(policy, server.uri("/"), anonymous);
  }

  private Assets assets(AccessPolicy policy, URI endpoint, boolean anonymous) {
    return Assets.open(
        HttpAccess.open(policy, Credentials.NONE, QUICK),
        new S3Settings(Optional.of(endpoint), Optional.of("eu-central-1"), anonymous, false),
        folder,
        1 << 30);
  }

  @Test
  void aGeoTiffIsReadByRangesWithSignedRequests() throws Exception {
    FileHost host = new FileHost(bytes);
    server.on("/bucket/S1/a b.tif", host);
    try (Assets assets = assets(LOOPBACK, false)) {
      var opened = (Opened.Remote) assets.open("s3://bucket/S1/a%20b.tif", AssetHints.NONE);
      try (ByteSource source = opened.source()) {
        ByteBuffer into = ByteBuffer.allocate(1000);
        assertThat(source.read(into, 400_000)).isEqualTo(1000);
        assertThat(into.array()).isEqualTo(java.util.Arrays.copyOfRange(bytes, 400_000, 401_000));
        assertThat(source.size()).isEqualTo(bytes.length);
      }
    }
    assertThat(host.sent.get()).isLessThan(200_000);
    assertThat(server.asked)
        .allSatisfy(
            a -> {
              assertThat(a.header("Authorization"))
                  .startsWith("AWS4-HMAC-SHA256 Credential=AKIDTEST/");
              assertThat(a.header("Authorization")).contains("/eu-central-1/s3/aws4_request");
              assertThat(a.header("Range")).startsWith("bytes=");
            });
  }

  @Test
  void anObjectOfAnotherKindIsDownloadedAndGoesOn() throws Exception {
    FileHost host = new FileHost(bytes);
    host.breakAfter = 300_000;
    host.breaks.set(1);
    server.on("/bucket/a.zip", host);
    try (Assets assets = assets(LOOPBACK, true)) {
      var opened = (Opened.Downloaded) assets.open("s3://bucket/a.zip", AssetHints.NONE);
      assertThat(Files.readAllBytes(opened.path())).isEqualTo(bytes);
      opened.release().run();
    }
    assertThat(host.sent.get()).isEqualTo(bytes.length);
    assertThat(server.asked).allSatisfy(a -> assertThat(a.header("Authorization")).isNull());
  }

  private AccessException failure(AccessPolicy policy, String uri) {
    return catchThrowableOfType(
        AccessException.class,
        () -> {
          try (Assets assets = assets(policy, true)) {
            assets.open(uri, AssetHints.NONE);
          }
        });
  }

  @Test
  void whatTheServiceRefusesHasAReason() {
    server.on(
        "/bucket/none.zip",
        (x, call) -> LoopbackServer.answer(x, 404, "<Error><Code>NoSuchKey</Code></Error>"));
    server.on(
        "/bucket/secret.zip",
        (x, call) -> LoopbackServer.answer(x, 403, "<Error><Code>AccessDenied</Code></Error>"));
    AccessException none = failure(LOOPBACK, "s3://bucket/none.zip");
    assertThat(none.reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(none).hasMessageContaining("s3://bucket/none.zip: answers 404 NoSuchKey");
    server.on("/bucket/silent.zip", (x, call) -> LoopbackServer.answer(x, 404, ""));
    assertThat(failure(LOOPBACK, "s3://bucket/silent.zip"))
        .hasMessage("s3://bucket/silent.zip: answers 404");
    assertThat(failure(LOOPBACK, "s3://bucket/secret.zip").reason()).isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void theEndpointIsSubjectToThePolicy() {
    server.on("/bucket/a.zip", new FileHost(bytes));
    AccessException failure = failure(AccessPolicy.DEFAULT, "s3://bucket/a.zip");
    assertThat(failure.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    assertThat(failure).hasMessageContaining("127.0.0.1 is loopback");
    assertThat(server.asked).isEmpty();
  }

  @Test
  void theServiceIsAskedThroughTheProxyOfThePolicyAndStaysSubjectToIt() throws Exception {
    server.on("/bucket/a.zip", new FileHost(bytes));
    AccessPolicy policy =
        AccessPolicy.DEFAULT.withProxy(HttpProxy.of(server.uri("").toString(), Map.of()));
    try (Assets assets = assets(policy, URI.create("http://s3.example"), false)) {
      var opened = (Opened.Downloaded) assets.open("s3://bucket/a.zip", AssetHints.NONE);
      assertThat(Files.readAllBytes(opened.path())).isEqualTo(bytes);
      opened.release().run();
    }
    assertThat(server.asked).hasSize(1);
    assertThat(server.asked.get(0).header("Host")).isEqualTo("s3.example");

    try (Assets assets = assets(policy, URI.create("http://10.0.0.1"), false)) {
      AccessException refusal =
          catchThrowableOfType(
              AccessException.class, () -> assets.open("s3://bucket/b.zip", AssetHints.NONE));
      assertThat(refusal.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
      assertThat(refusal).hasMessageContaining("10.0.0.1 is a private network");
    }
    assertThat(server.asked).hasSize(1);
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    Optional<URI> ftp = Optional.of(URI.create("ftp://x"));
    assertThatThrownBy(() -> new S3Settings(ftp, Optional.empty(), false, false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new S3Settings(Optional.empty(), Optional.of("Mars!"), false, false))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
