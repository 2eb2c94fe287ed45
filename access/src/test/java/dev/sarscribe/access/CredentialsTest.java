package dev.sarscribe.access;

import static dev.sarscribe.testing.LoopbackServer.answer;
import static dev.sarscribe.testing.LoopbackServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CredentialsTest {
  private static final Retry QUICK =
      new Retry(2, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10));
  private static final AccessPolicy LOOPBACK = AccessPolicy.DEFAULT.withPrivateNetworks(true);

  @TempDir private Path folder;
  private LoopbackServer server;
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final InstantSource clock = () -> now;

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer();
    server.on("/data", (x, call) -> answer(x, 200, "data"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Credentials read(String yaml) throws IOException {
    Path file = folder.resolve("credentials.yaml");
    Files.writeString(file, yaml);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    return Credentials.read(file, clock);
  }

  private HttpAccess access(String yaml) throws IOException {
    return HttpAccess.open(LOOPBACK, read(yaml), QUICK);
  }

  private List<LoopbackServer.Asked> asked(String path) {
    return server.asked.stream().filter(a -> a.uri().getPath().equals(path)).toList();
  }

  @Test
  void aTokenIsShownToItsHostOnly() throws IOException {
    server.on("/away", (x, call) -> redirect(x, 302, server.uri("localhost", "/data").toString()));
    try (HttpAccess access = access("[{host: 127.0.0.1, kind: bearer, token: s3cret}]")) {
      access.get(server.uri("/data"), Map.of());
      access.get(server.uri("/away"), Map.of());
    }
    assertThat(server.asked.get(0).header("Authorization")).isEqualTo("Bearer s3cret");
    assertThat(server.asked.get(1).header("Authorization")).isEqualTo("Bearer s3cret");
    assertThat(server.asked.get(2).header("Authorization")).isNull();
  }

  @Test
  void eachHostOfARedirectIsShownItsOwn() throws IOException {
    server.on("/away", (x, call) -> redirect(x, 302, server.uri("localhost", "/data").toString()));
    try (HttpAccess access =
        access(
            """
            - {host: 127.0.0.1, kind: basic, username: me, password: "pass:word"}
            - {host: localhost, kind: header, name: X-API-Key, value: k}
            """)) {
      access.get(server.uri("/away"), Map.of());
    }
    assertThat(server.asked.get(0).header("Authorization")).isEqualTo("Basic bWU6cGFzczp3b3Jk");
    assertThat(server.asked.get(0).header("X-API-Key")).isNull();
    assertThat(server.asked.get(1).header("Authorization")).isNull();
    assertThat(server.asked.get(1).header("X-API-Key")).isEqualTo("k");
  }

  @Test
  void aQueryIsAddedAndNotShown() throws IOException {
    server.on("/missing", (x, call) -> answer(x, 404, ""));
    try (HttpAccess access = access("[{host: 127.0.0.1, kind: query, query: \"api=x%2Fy\"}]")) {
      access.get(server.uri("/data?a=1"), Map.of());
      AccessException failure =
          catchThrowableOfType(
              AccessException.class, () -> access.get(server.uri("/missing"), Map.of()));
      assertThat(failure.getMessage()).doesNotContain("x%2Fy");
    }
    assertThat(server.asked.get(0).uri().getRawQuery()).isEqualTo("a=1&api=x%2Fy");
  }

  @Test
  void credentialsDoNotTravelInTheClear() throws IOException {
    try (HttpAccess access = access("[{host: data.example.org, kind: bearer, token: s3cret}]")) {
      AccessException failure =
          catchThrowableOfType(
              AccessException.class,
              () -> access.get(URI.create("http://data.example.org/a"), Map.of()));
      assertThat(failure.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
      assertThat(failure).hasMessageContaining("https only");
    }
  }

  private String oauth2(String more) {
    return """
        - host: 127.0.0.1
          kind: oauth2
          token-url: %s
          client-id: cdse-public
        """
            .formatted(server.uri("localhost", "/token"))
        + more.indent(2);
  }

  private static final String PASSWORD = "grant: password\nusername: me\npassword: pass&word";

  private void tokens(String extra) {
    server.on(
        "/token",
        (x, call) ->
            answer(
                x, 200, "{\"access_token\":\"t%d\",\"expires_in\":600%s}".formatted(call, extra)));
  }

  @Test
  void aTokenIsFetchedOnceAndRenewedBeforeItExpires() throws IOException {
    tokens("");
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      access.get(server.uri("/data"), Map.of());
      now = now.plusSeconds(539);
      access.get(server.uri("/data"), Map.of());
      now = now.plusSeconds(2);
      access.get(server.uri("/data"), Map.of());
    }
    assertThat(asked("/data").stream().map(a -> a.header("Authorization")))
        .containsExactly("Bearer t1", "Bearer t1", "Bearer t2");
    assertThat(asked("/token").get(0).body())
        .isEqualTo("grant_type=password&username=me&password=pass%26word&client_id=cdse-public");
    assertThat(asked("/token").get(0).header("Authorization")).isNull();
  }

  @Test
  void theRefreshTokenIsUsedWhileItLives() throws IOException {
    tokens(",\"refresh_token\":\"r1\",\"refresh_expires_in\":3600");
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      access.get(server.uri("/data"), Map.of());
      now = now.plusSeconds(1000);
      access.get(server.uri("/data"), Map.of());
      now = now.plusSeconds(10_000);
      access.get(server.uri("/data"), Map.of());
    }
    assertThat(asked("/token").stream().map(LoopbackServer.Asked::body))
        .satisfiesExactly(
            b -> assertThat(b).startsWith("grant_type=password"),
            b -> assertThat(b).startsWith("grant_type=refresh_token&refresh_token=r1"),
            b -> assertThat(b).startsWith("grant_type=password"));
  }

  @Test
  void aRefreshTokenThatWasRevokedFallsBackToTheGrant() throws IOException {
    server.on(
        "/token",
        (x, call) ->
            answer(
                x,
                call == 2 ? 400 : 200,
                "{\"access_token\":\"t%d\",\"expires_in\":600,\"refresh_token\":\"r\"}"
                    .formatted(call)));
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      access.get(server.uri("/data"), Map.of());
      now = now.plusSeconds(1000);
      access.get(server.uri("/data"), Map.of());
    }
    assertThat(asked("/data").get(1).header("Authorization")).isEqualTo("Bearer t3");
  }

  @Test
  void aRejectedTokenIsRenewedOnce() throws IOException {
    tokens("");
    server.on(
        "/strict",
        (x, call) -> {
          String token = x.getRequestHeaders().getFirst("Authorization");
          answer(x, "Bearer t2".equals(token) ? 200 : 401, "");
        });
    server.on("/never", (x, call) -> answer(x, 401, ""));
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      assertThat(access.get(server.uri("/strict"), Map.of()).status()).isEqualTo(200);
      AccessException failure =
          catchThrowableOfType(
              AccessException.class, () -> access.get(server.uri("/never"), Map.of()));
      assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
    }
    assertThat(asked("/never")).hasSize(2);
    assertThat(asked("/token")).hasSize(3);
  }

  @Test
  void manyThreadsFetchOneToken() throws Exception {
    tokens("");
    var threads = Executors.newFixedThreadPool(8);
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      List<Callable<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        tasks.add(() -> access.get(server.uri("/data"), Map.of()).text());
      }
      for (Future<String> done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isEqualTo("data");
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(asked("/token")).hasSize(1);
  }

  @Test
  void aWrongPasswordIsToldWithoutIt() throws IOException {
    server.on(
        "/token",
        (x, call) -> {
          x.getResponseHeaders().add("Content-Type", "application/json");
          answer(x, 401, "{\"error_description\":\"Invalid user credentials\"}");
        });
    try (HttpAccess access = access(oauth2(PASSWORD))) {
      AccessException failure =
          catchThrowableOfType(
              AccessException.class, () -> access.get(server.uri("/data"), Map.of()));
      assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
      assertThat(failure)
          .hasMessageContaining("/token")
          .hasMessageContaining("Invalid user credentials");
      assertThat(failure.getMessage()).doesNotContain("pass&word").doesNotContain("pass%26word");
    }
    assertThat(asked("/data")).isEmpty();
  }

  @Test
  void signaturesOfAContainerAreFetchedOnceAndRenewed() throws IOException {
    server.on(
        "/sas",
        (x, call) ->
            answer(
                x,
                200,
                "{\"msft:expiry\":\"%s\",\"token\":\"se=1&sig=a%d%%3D\"}"
                    .formatted(now.plusSeconds(2700), call)));
    var sas = new SasTokens(server.uri("/sas"), clock);
    try (HttpAccess access = HttpAccess.open(LOOPBACK, Credentials.NONE, QUICK)) {
      URI blob = URI.create("https://sentinel1euwest.blob.core.windows.net/s1-grd/a/vv.tif");
      assertThat(sas.current(blob, access::send)).isEqualTo("se=1&sig=a1%3D");
      now = now.plusSeconds(2000);
      assertThat(sas.current(blob, access::send)).isEqualTo("se=1&sig=a1%3D");
      now = now.plusSeconds(700);
      assertThat(sas.current(blob, access::send)).isEqualTo("se=1&sig=a2%3D");
    }
    assertThat(server.asked.get(0).uri().getPath()).isEqualTo("/sas/sentinel1euwest/s1-grd");
  }

  @Test
  void theEnvironmentNamesAnAccountOfTheCopernicusDataSpace() {
    Credentials credentials =
        Credentials.ofEnvironment(
            Map.of("SARSCRIBE_CDSE_USERNAME", "me", "SARSCRIBE_CDSE_PASSWORD", "s3cret"));
    assertThat(credentials.of(URI.create("https://download.dataspace.copernicus.eu/x")))
        .isPresent();
    assertThat(credentials.of(URI.create("https://dataspace.copernicus.eu.evil.org/x"))).isEmpty();
    assertThat(credentials.toString()).doesNotContain("s3cret").doesNotContain("me");
    assertThatThrownBy(() -> Credentials.ofEnvironment(Map.of("SARSCRIBE_CDSE_USERNAME", "me")))
        .hasMessageContaining("SARSCRIBE_CDSE_PASSWORD");
  }

  @Test
  void aFileThatOthersCanReadIsRefused() throws IOException {
    Assumptions.assumeTrue(
        FileSystems.getDefault().supportedFileAttributeViews().contains("posix"),
        "no POSIX permissions here");
    Path file = folder.resolve("open.yaml");
    Files.writeString(file, "[]");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> Credentials.read(file)).hasMessageContaining("chmod 600");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3cret",
        "{host: h, kind: bearer, token: s3cret}",
        "[{host: h, kind: bearer, tokn: s3cret}]",
        "[{host: h, kind: bearer, token: x, more: s3cret}]",
        "[{host: 'a b', kind: bearer, token: s3cret}]",
        "[{host: h, kind: s3cret}]",
        "[{host: h, kind: oauth2, token-url: 's3cret', client-id: a}]",
        "[{host: h, kind: bearer, token: 's3cret"
      })
  void anEntryThatMakesNoSenseIsNamedWithoutItsSecrets(String yaml) {
    AccessException failure = catchThrowableOfType(AccessException.class, () -> read(yaml));
    assertThat(failure).hasMessageContaining("credentials.yaml");
    for (Throwable t = failure; t != null; t = t.getCause()) {
      assertThat(String.valueOf(t.getMessage())).doesNotContain("s3cret");
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> Credentials.read(folder.resolve("none.yaml")))
        .isInstanceOf(AccessException.class)
        .hasMessageContaining("none.yaml");
  }
}
