package dev.sarscribe.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.testing.LoopbackServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names under {@code .example} are known to no name server, as public names are behind a proxy. */
@Timeout(60)
class ProxiedAccessTest {
  private static final Retry ONCE =
      new Retry(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1));

  private LoopbackServer proxy;

  @BeforeEach
  void start() throws IOException {
    proxy = new LoopbackServer();
    proxy.on("/", (x, call) -> LoopbackServer.answer(x, 200, "through the proxy"));
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private HttpAccess access(String proxyUrl, String noProxy) {
    AccessPolicy policy =
        AccessPolicy.DEFAULT.withProxy(HttpProxy.of(proxyUrl, Map.of("NO_PROXY", noProxy)));
    return HttpAccess.open(policy, Credentials.NONE, ONCE);
  }

  private HttpAccess access() {
    return access(proxy.uri("").toString(), "");
  }

  @Test
  void aServerThatOnlyTheProxyKnowsIsAskedThroughItThoughTheProxyIsPrivate() throws Exception {
    try (HttpAccess access = access()) {
      Response response = access.get(URI.create("http://data.example/catalog?x=1"), Map.of());

      assertThat(new String(response.body(), StandardCharsets.UTF_8))
          .isEqualTo("through the proxy");
    }
    assertThat(proxy.asked).hasSize(1);
    assertThat(proxy.asked.get(0).header("Host")).isEqualTo("data.example");
    assertThat(proxy.asked.get(0).uri().getQuery()).isEqualTo("x=1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://10.1.2.3/",
        "http://[fd00::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://intranet/",
        "http://printer.local/",
        "http://0177.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.0.0.1/",
        "http://localhost/",
      })
  void whatTheProxyMustNotBeSentToIsRefusedBeforeItIsAsked(String url) {
    try (HttpAccess access = access()) {
      assertThat(refusal(access, url).reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    }
    assertThat(proxy.asked).isEmpty();
  }

  @Test
  void aRedirectThroughTheProxyIsCheckedAsTheFirst() {
    proxy.on("/away", (x, call) -> LoopbackServer.redirect(x, 302, "http://192.168.0.1/admin"));
    try (HttpAccess access = access()) {
      AccessException refusal = refusal(access, "http://data.example/away");
      assertThat(refusal.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
      assertThat(refusal).hasMessageContaining("192.168.0.1 is a private network");
    }
    assertThat(proxy.asked).hasSize(1);
  }

  @Test
  void theProxyItselfIsNoServerThatALinkMayLeadTo() {
    String host = "127.0.0.1";
    try (HttpAccess access = access(proxy.uri("").toString(), host)) {
      AccessException refusal = refusal(access, proxy.uri(host, "/status").toString());
      assertThat(refusal.reason()).isEqualTo(Reason.REFUSED_BY_POLICY);
    }
    assertThat(proxy.asked).isEmpty();
  }

  @Test
  void onlyAllowedHostsAreAskedForThroughTheProxy() {
    AccessPolicy policy =
        AccessPolicy.DEFAULT
            .withHosts(List.of(new HostPattern("*.allowed.example")))
            .withProxy(HttpProxy.of(proxy.uri("").toString(), Map.of()));
    try (HttpAccess access = HttpAccess.open(policy, Credentials.NONE, ONCE)) {
      assertThat(refusal(access, "http://data.example/").reason())
          .isEqualTo(Reason.REFUSED_BY_POLICY);
    }
    assertThat(proxy.asked).isEmpty();
  }

  @Test
  void anEncryptedServerIsReachedByATunnelAndTheProxyIsShownItsLogin() throws Exception {
    try (Tunnels tunnels = new Tunnels("503 Service Unavailable");
        HttpAccess access = access("http://me:pass@127.0.0.1:" + tunnels.port(), "")) {
      AccessException failure = refusal(access, "https://data.example/catalog");

      assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
      assertThat(tunnels.heads)
          .hasSize(2)
          .allMatch(head -> head.startsWith("CONNECT data.example:443 HTTP/1.1"));
      // "me:pass" in base 64
      assertThat(tunnels.heads.get(1)).contains("Proxy-Authorization: Basic bWU6cGFzcw==");
      assertThat(failure.getMessage()).doesNotContain("pass");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          302 Found\\r\\nLocation: https://elsewhere.example/ | HTTP_ERROR
          204 No Content         | HTTP_ERROR
          304 Not Modified       | HTTP_ERROR
          401 Unauthorized       | HTTP_ERROR
          403 Forbidden          | HTTP_ERROR
          404 Not Found          | HTTP_ERROR
          502 Bad Gateway        | UNREACHABLE
          """)
  void whatAProxySaysInsteadOfOpeningATunnelIsNotTheServersAnswer(String answer, Reason reason)
      throws Exception {
    try (Tunnels tunnels = new Tunnels(answer.translateEscapes());
        HttpAccess access = access("http://me:pass@127.0.0.1:" + tunnels.port(), "")) {
      AccessException failure = refusal(access, "https://data.example/catalog");

      assertThat(failure.reason()).isEqualTo(reason);
      assertThat(failure)
          .hasMessage(
              "https://data.example/catalog: the proxy opens no tunnel to it: answers "
                  + answer.substring(0, 3));
      assertThat(tunnels.heads).hasSize(2).noneMatch(head -> head.contains("elsewhere"));
    }
  }

  @Test
  void aProxyThatWantsALoginIsToldSo() throws Exception {
    try (Tunnels tunnels = new Tunnels("503 Service Unavailable");
        HttpAccess access = access("http://127.0.0.1:" + tunnels.port(), "")) {
      AccessException failure = refusal(access, "https://data.example/catalog");

      assertThat(failure.reason()).isEqualTo(Reason.UNAUTHORIZED);
      assertThat(failure).hasMessageContaining("the proxy wants a login");
    }
  }

  @Test
  void aProxyThatIsAwayIsToldAsTheProxy() {
    try (HttpAccess access = access("http://proxy.example:3128", "")) {
      AccessException failure = refusal(access, "http://data.example/");
      assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
      assertThat(failure).hasMessageContaining("the proxy's host proxy.example is not known");
    }
  }

  private static AccessException refusal(HttpAccess access, String url) {
    return catchThrowableOfType(AccessException.class, () -> access.get(URI.create(url), Map.of()));
  }

  /** A proxy that wants a login for a tunnel, and then opens none. */
  private static final class Tunnels implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    final List<String> heads = new CopyOnWriteArrayList<>();
    private final String refusal;

    Tunnels(String refusal) throws IOException {
      this.refusal = refusal;
      Thread thread = new Thread(this::serve, "tunnels");
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return socket.getLocalPort();
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Socket client = socket.accept()) {
          client.setSoTimeout(10_000);
          var in =
              new BufferedReader(
                  new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
          StringBuilder head = new StringBuilder();
          for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            head.append(line).append('\n');
          }
          heads.add(head.toString());
          String answer =
              head.indexOf("Proxy-Authorization") < 0
                  ? "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\""
                  : refusal;
          client
              .getOutputStream()
              .write(
                  ("HTTP/1.1 " + answer + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                      .getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
          // the next client, or the end of the test
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
