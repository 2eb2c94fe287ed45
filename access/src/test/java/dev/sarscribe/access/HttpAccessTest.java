package dev.sarscribe.access;

import static dev.sarscribe.testing.LoopbackServer.answer;
import static dev.sarscribe.testing.LoopbackServer.redirect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.AccessPolicy.TimeLimits;
import dev.sarscribe.testing.LoopbackServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpAccessTest {
  private static final Retry QUICK =
      new Retry(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(300));
  private static final TimeLimits SHORT =
      new TimeLimits(
          Duration.ofSeconds(5),
          Duration.ofMillis(400),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2));
  private static final AccessPolicy LOOPBACK =
      AccessPolicy.DEFAULT.withPrivateNetworks(true).withLimits(SHORT);

  private LoopbackServer server;

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Response get(AccessPolicy policy, URI uri) throws AccessException {
    try (HttpAccess access = HttpAccess.open(policy, Credentials.NONE, QUICK)) {
      return access.get(uri, Map.of());
    }
  }

  private AccessException failure(AccessPolicy policy, URI uri) {
    return catchThrowableOfType(AccessException.class, () -> get(policy, uri));
  }

  @Test
  void aDocumentComesWithItsHeadersAndPlace() throws AccessException {
    server.on(
        "/a",
        (x, call) -> {
          x.getResponseHeaders().add("X-Kind", "first");
          answer(x, 200, "hello");
        });
    Response response = get(LOOPBACK, server.uri("/a"));
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo("hello");
    assertThat(response.headers().first("x-kind")).hasValue("first");
    assertThat(response.uri()).isEqualTo(server.uri("/a"));
    assertThat(server.asked.get(0).header("User-Agent")).startsWith("sarscribe/");
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503, 504, 408})
  void whatCanHealIsAskedAgain(int status) throws AccessException {
    server.on("/a", (x, call) -> answer(x, call < 3 ? status : 200, "now"));
    assertThat(get(LOOPBACK, server.uri("/a")).text()).isEqualTo("now");
    assertThat(server.asked).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410, 416, 501})
  void whatCannotHealIsAskedOnce(int status) {
    server.on("/a", (x, call) -> answer(x, status, ""));
    AccessException failure = failure(LOOPBACK, server.uri("/a"));
    assertThat(failure.canHeal()).isFalse();
    assertThat(failure.status()).hasValue(status);
    assertThat(failure).hasMessageContaining("/a: answers " + status);
    assertThat(server.asked).hasSize(1);
  }

  @Test
  void attemptsEnd() {
    server.on("/a", (x, call) -> answer(x, 503, ""));
    AccessException failure = failure(LOOPBACK, server.uri("/a"));
    assertThat(failure.reason()).isEqualTo(Reason.SERVER_ERROR);
    assertThat(failure.canHeal()).isTrue();
    assertThat(server.asked).hasSize(3);
  }

  @Test
  void theServerIsGivenTheTimeItAsksForWithinALimit() throws AccessException {
    server.on(
        "/a",
        (x, call) -> {
          x.getResponseHeaders().add("Retry-After", "100000");
          answer(x, call == 1 ? 429 : 200, "now");
        });
    long start = System.nanoTime();
    assertThat(get(LOOPBACK, server.uri("/a")).text()).isEqualTo("now");
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(300), Duration.ofSeconds(20));
  }

  @Test
  void theServerMayNameADate() {
    var in90Seconds = ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(90);
    var headers = new Headers.Builder();
    headers.add("Retry-After", DateTimeFormatter.RFC_1123_DATE_TIME.format(in90Seconds));
    assertThat(headers.build().retryAfter(java.time.Instant.now()))
        .hasValueSatisfying(
            d -> assertThat(d).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(90)));
    var nonsense = new Headers.Builder();
    nonsense.add("Retry-After", "soon");
    assertThat(nonsense.build().retryAfter(java.time.Instant.now())).isEmpty();
  }

  @Test
  void aHalfSentBodyIsAskedForAgain() throws AccessException {
    server.on(
        "/a",
        (x, call) -> {
          x.sendResponseHeaders(200, 10);
          x.getResponseBody().write(new byte[call < 3 ? 4 : 10]);
        });
    assertThat(get(LOOPBACK, server.uri("/a")).body()).hasSize(10);
    assertThat(server.asked).hasSize(3);
  }

  @Test
  void aBodyThatStaysHalfSentIsTruncated() {
    server.on(
        "/a",
        (x, call) -> {
          x.sendResponseHeaders(200, 10);
          x.getResponseBody().write(new byte[4]);
        });
    assertThat(failure(LOOPBACK, server.uri("/a")).reason()).isEqualTo(Reason.TRUNCATED);
  }

  @Test
  void aStreamBreaksWithAReason() throws IOException {
    server.on(
        "/a",
        (x, call) -> {
          x.sendResponseHeaders(200, 10);
          x.getResponseBody().write(new byte[4]);
        });
    try (HttpAccess access = HttpAccess.open(LOOPBACK, Credentials.NONE, QUICK);
        ResponseStream stream = access.stream(Request.get(server.uri("/a"), Map.of()))) {
      AccessException failure =
          catchThrowableOfType(
              AccessException.class,
              () -> {
                byte[] into = new byte[10];
                while (stream.read(into, 0, 10) >= 0) {
                  assertThat(into).isNotNull();
                }
              });
      assertThat(failure.reason()).isEqualTo(Reason.TRUNCATED);
    }
    assertThat(server.asked.get(0).header("Accept-Encoding")).isEqualTo("identity");
  }

  @Test
  void aServerThatSaysNothingTimesOut() {
    CountDownLatch end = new CountDownLatch(1);
    server.on("/a", (x, call) -> await(end));
    AccessException failure = failure(LOOPBACK, server.uri("/a"));
    end.countDown();
    assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(server.asked).hasSize(3);
  }

  @Test
  void aServerThatDripsTimesOutToo() {
    CountDownLatch end = new CountDownLatch(1);
    server.on(
        "/a",
        (x, call) -> {
          x.sendResponseHeaders(200, 0);
          while (!await(end, 100)) {
            x.getResponseBody().write('.');
            x.getResponseBody().flush();
          }
        });
    AccessException failure =
        catchThrowableOfType(
            AccessException.class,
            () -> {
              try (HttpAccess access =
                  HttpAccess.open(
                      LOOPBACK,
                      Credentials.NONE,
                      new Retry(1, Duration.ZERO, Duration.ZERO, Duration.ZERO))) {
                access.get(server.uri("/a"), Map.of());
              }
            });
    end.countDown();
    assertThat(failure.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(failure).hasMessageContaining("took over 2 s");
  }

  private static void await(CountDownLatch latch) {
    await(latch, 30_000);
  }

  private static boolean await(CountDownLatch latch, int millis) {
    try {
      return latch.await(millis, java.util.concurrent.TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Test
  void nobodyListening() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    AccessException failure = failure(LOOPBACK, URI.create("http://127.0.0.1:" + port + "/a"));
    assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
  }

  @Test
  void aDocumentIsBoundedAfterDecompression() throws IOException {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(new byte[1_000_000]);
    }
    server.on(
        "/a",
        (x, call) -> {
          x.getResponseHeaders().add("Content-Encoding", "gzip");
          x.sendResponseHeaders(200, zipped.size());
          x.getResponseBody().write(zipped.toByteArray());
        });
    assertThat(get(LOOPBACK, server.uri("/a")).body()).hasSize(1_000_000);
    AccessException failure = failure(LOOPBACK.withMaxDocumentBytes(999_999), server.uri("/a"));
    assertThat(failure.reason()).isEqualTo(Reason.TOO_LARGE);
    assertThat(server.asked).hasSize(2);
  }

  @Test
  void headersAreBounded() {
    server.on(
        "/many",
        (x, call) -> {
          for (int i = 0; i < 1000; i++) {
            x.getResponseHeaders().add("X-" + i, "a");
          }
          LoopbackServer.answer(x, 200, "{}");
        });
    server.on(
        "/long",
        (x, call) -> {
          x.getResponseHeaders().add("X-Long", "a".repeat(1 << 20));
          LoopbackServer.answer(x, 200, "{}");
        });
    assertThat(failure(LOOPBACK, server.uri("/many"))).hasMessageContaining("header count");
    assertThat(failure(LOOPBACK, server.uri("/long"))).hasMessageContaining("line length");
  }

  @Test
  void aRedirectIsFollowed() throws AccessException {
    server.on("/a", (x, call) -> redirect(x, 302, "b?x=1"));
    server.on("/b", (x, call) -> answer(x, 200, "there"));
    Response response = get(LOOPBACK, server.uri("/a"));
    assertThat(response.text()).isEqualTo("there");
    assertThat(response.uri()).isEqualTo(server.uri("/b?x=1"));
  }

  @Test
  void aPostedQuestionBecomesAGetOrStaysAPostAsTheRedirectSays() throws AccessException {
    server.on("/see-other", (x, call) -> redirect(x, 303, "/b"));
    server.on("/temporary", (x, call) -> redirect(x, 307, "/b"));
    server.on("/b", (x, call) -> answer(x, 200, x.getRequestMethod()));
    try (HttpAccess access = HttpAccess.open(LOOPBACK, Credentials.NONE, QUICK)) {
      byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
      assertThat(access.post(server.uri("/see-other"), body, "application/json", Map.of()).text())
          .isEqualTo("GET");
      assertThat(access.post(server.uri("/temporary"), body, "application/json", Map.of()).text())
          .isEqualTo("POST");
    }
    assertThat(server.asked.get(3).body()).isEqualTo("{}");
    assertThat(server.asked.get(3).header("Content-Type")).startsWith("application/json");
  }

  @Test
  void redirectsInACircleEnd() {
    server.on("/a", (x, call) -> redirect(x, 302, "/b"));
    server.on("/b", (x, call) -> redirect(x, 302, "/a"));
    assertThat(failure(LOOPBACK, server.uri("/a")).reason()).isEqualTo(Reason.BAD_REDIRECT);
    assertThat(server.asked).hasSize(2);
  }

  @Test
  void redirectsWithoutEndEnd() {
    server.on("/a", (x, call) -> redirect(x, 302, "/a/" + call));
    assertThat(failure(LOOPBACK, server.uri("/a")).reason()).isEqualTo(Reason.BAD_REDIRECT);
    assertThat(server.asked).hasSize(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"file:///etc/passwd", "ftp://127.0.0.1/a", "javascript:alert(1)", "http:///x"})
  void aRedirectToAnotherSchemeIsRefused(String to) {
    server.on("/a", (x, call) -> redirect(x, 302, to));
    assertThat(failure(LOOPBACK, server.uri("/a")).reason())
        .isIn(Reason.REFUSED_BY_POLICY, Reason.INVALID, Reason.BAD_REDIRECT);
  }

  @Test
  void aRedirectToAHostThatIsNotAllowedIsRefused() {
    server.on("/a", (x, call) -> redirect(x, 302, server.uri("localhost", "/b").toString()));
    server.on("/b", (x, call) -> answer(x, 200, "never"));
    AccessException failure =
        failure(LOOPBACK.withHosts(List.of(new HostPattern("127.0.0.1"))), server.uri("/a"));
    assertThat(failure.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    assertThat(failure).hasMessageContaining("localhost is not one of the allowed hosts");
    assertThat(server.asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "localhost",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.1.1",
        "172.31.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "169.254.169.254",
        "[fd00::1]",
        "[fe80::1]",
        "224.0.0.1",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b::a9fe:a9fe]",
        "[ff02::1]"
      })
  void addressesOfOurOwnAreNotReached(String host) {
    AccessException failure = failure(AccessPolicy.DEFAULT, URI.create("http://" + host + "/a"));
    assertThat(failure.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    assertThat(failure).hasMessageContaining("may not be reached");
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "[fd00:ec2::254]", "100.100.100.200"})
  void metadataServicesAreNeverReached(String host) {
    AccessException failure = failure(LOOPBACK, URI.create("http://" + host + "/latest"));
    assertThat(failure.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    assertThat(failure).hasMessageContaining("a cloud metadata service");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://h/a",
        "gopher://h/a",
        "jar:file:/x!/a",
        "http://u:p@h/a",
        "http://127.1/a",
        "a"
      })
  void urlsThatThePolicyDoesNotKnowAreRefused(String uri) {
    AccessException failure = failure(LOOPBACK, URI.create(uri));
    assertThat(failure.reason()).isIn(Reason.REFUSED_BY_POLICY, Reason.INVALID);
    assertThat(failure.getMessage()).doesNotContain("u:p");
  }

  @Test
  void secretsInAUrlAreMasked() {
    server.on("/a", (x, call) -> answer(x, 404, ""));
    URI uri = server.uri("/a?sv=2021&sig=AbC%2Fd&X-Amz-Signature=123&token=t0p&x=1");
    assertThat(failure(LOOPBACK, uri))
        .hasMessageContaining("/a?sv=2021&sig=***&X-Amz-Signature=***&token=***&x=1: answers 404");
  }

  @Test
  void whatAServerSaysOfAFailureIsToldWithoutSecrets() {
    server.on(
        "/a",
        (x, call) -> {
          x.getResponseHeaders().add("Content-Type", "application/json");
          answer(x, 400, "{\"error\": \"bad\n bbox\", \"access_token\": \"abc\"}");
        });
    assertThat(failure(LOOPBACK, server.uri("/a")))
        .hasMessageContaining("{\"error\": \"bad bbox\", \"access_token\": \"***\"}");
  }

  @Test
  void headersOfTheCallerDoNotFollowARedirectToAnotherHost() throws AccessException {
    server.on("/a", (x, call) -> redirect(x, 307, server.uri("localhost", "/b").toString()));
    server.on("/b", (x, call) -> answer(x, 200, "there"));
    try (HttpAccess access = HttpAccess.open(LOOPBACK, Credentials.NONE, QUICK)) {
      access.get(
          server.uri("/a"),
          Map.of("Authorization", "Bearer x", "X-API-Key", "k", "Range", "bytes=0-9"));
    }
    assertThat(server.asked.get(0).header("Authorization")).isEqualTo("Bearer x");
    assertThat(server.asked.get(1).header("Authorization")).isNull();
    assertThat(server.asked.get(1).header("X-API-Key")).isNull();
    assertThat(server.asked.get(1).header("Range")).isEqualTo("bytes=0-9");
  }

  @Test
  void whatIsPostedDoesNotFollowARedirectToAnotherHost() {
    server.on("/a", (x, call) -> redirect(x, 307, server.uri("localhost", "/b").toString()));
    server.on("/b", (x, call) -> answer(x, 200, "never"));
    AccessException failure =
        catchThrowableOfType(
            AccessException.class,
            () -> {
              try (HttpAccess access = HttpAccess.open(LOOPBACK, Credentials.NONE, QUICK)) {
                access.post(server.uri("/a"), new byte[1], "text/plain", Map.of());
              }
            });
    assertThat(failure.reason()).isEqualTo(Reason.BAD_REDIRECT);
    assertThat(server.asked).hasSize(1);
  }

  @Test
  void anInterruptedThreadGivesUp() {
    server.on("/a", (x, call) -> answer(x, 503, ""));
    Thread.currentThread().interrupt();
    AccessException failure = failure(LOOPBACK, server.uri("/a"));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(failure.reason()).isEqualTo(Reason.INTERRUPTED);
  }
}
