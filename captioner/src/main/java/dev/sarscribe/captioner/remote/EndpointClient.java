package dev.sarscribe.captioner.remote;

import dev.sarscribe.backoff.RetryAfter;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to one endpoint and tries again what can heal: 408, 429, 5xx, time-outs and
 * connections that fail. Bodies are bounded, redirects are not followed, and the key appears in no
 * log and no message. Thread-safe.
 */
final class EndpointClient {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointClient.class);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Tens of times the texts of a tile with the probability of each token. */
  private static final int MAX_BODY_BYTES = 4 << 20;

  private final EndpointSettings settings;
  private final HttpClient client;

  private EndpointClient(EndpointSettings settings, HttpClient client) {
    this.settings = settings;
    this.client = client;
  }

  /**
   * A client that has sent nothing yet.
   *
   * @throws CaptionerException if texts and key would travel in the clear through foreign networks
   */
  static EndpointClient open(EndpointSettings settings) throws CaptionerException {
    if (!settings.isEncrypted() && !settings.insecure()) {
      requireNear(settings.base());
    }
    HttpClient client =
        HttpClient.newBuilder()
            // These servers speak 1.1; the offer to upgrade confuses some of them.
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    return new EndpointClient(settings, client);
  }

  /** What a server answered; the body is JSON if the status is 200. */
  record Response(int status, byte[] body, Optional<Duration> retryAfter) {
    boolean isTransient() {
      return status == 408 || status == 429 || status >= 500;
    }
  }

  /**
   * Asks for a resource.
   *
   * @return any answer that trying again would not change
   * @throws CaptionerException if no attempt got one
   */
  Response get(String resource, Retry retry)
      throws CaptionerException, RefusedException, InterruptedException {
    return send(request(resource).GET().build(), retry);
  }

  /**
   * Posts JSON.
   *
   * @return the body of an answer 200
   * @throws RefusedException if the server takes requests, but not this one
   * @throws CaptionerException if it takes none, or if no attempt got an answer
   */
  byte[] post(String resource, byte[] json, Retry retry)
      throws CaptionerException, RefusedException, InterruptedException {
    HttpRequest request =
        request(resource)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(json))
            .build();
    Response response = send(request, retry);
    return switch (response.status()) {
      case 200 -> response.body();
      case 400, 413, 422 -> throw new RefusedException("the server " + describe(response));
      default -> throw failed(request.uri(), describe(response) + advice(response.status()), null);
    };
  }

  /** What an answer says of itself, on one line. */
  String describe(Response response) {
    String message = ServerMessage.of(response.body(), this::redact);
    return "answers %d%s".formatted(response.status(), message.isEmpty() ? "" : ": " + message);
  }

  private String redact(String text) {
    return settings.key().map(key -> key.redact(text)).orElse(text);
  }

  private static String advice(int status) {
    return switch (status) {
      case 401, 403 -> "; is the API key right?";
      case 404 -> "; is the model's name right, and the URL the base of the API, as in …:8000/v1?";
      case 301, 302, 303, 307, 308 -> "; redirects are not followed: name the final URL";
      default -> "";
    };
  }

  private HttpRequest.Builder request(String resource) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(settings.resolve(resource)).header("Accept", "application/json");
    settings.key().ifPresent(key -> builder.header("Authorization", key.header()));
    return builder;
  }

  private Response send(HttpRequest request, Retry retry)
      throws CaptionerException, RefusedException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      Optional<Duration> asked = Optional.empty();
      String problem;
      IOException cause = null;
      try {
        Response response = exchange(request);
        if (!response.isTransient()) {
          return response;
        }
        asked = response.retryAfter();
        problem = describe(response);
      } catch (BoundedBody.TooLargeException e) {
        throw new RefusedException(e.getMessage(), e);
      } catch (SSLHandshakeException | SSLPeerUnverifiedException e) {
        throw failed(request.uri(), "is not trusted: " + message(e), e);
      } catch (IOException e) {
        problem = message(e);
        cause = e;
      }
      if (attempt >= retry.attempts()) {
        throw failed(
            request.uri(), "failed %d times, the last: %s".formatted(attempt, problem), cause);
      }
      Duration delay = retry.backoff().delay(attempt, asked, ThreadLocalRandom.current());
      LOG.warn(
          "{} {}; attempt {} of {} follows in {} ms",
          request.uri(),
          problem,
          attempt + 1,
          retry.attempts(),
          delay.toMillis());
      Thread.sleep(delay.toMillis());
    }
  }

  /**
   * One attempt. A request's own time-out would end with the headers; this one holds to the end.
   */
  private Response exchange(HttpRequest request)
      throws IOException, CaptionerException, InterruptedException {
    CompletableFuture<HttpResponse<byte[]>> pending =
        client.sendAsync(request, head -> new BoundedBody(MAX_BODY_BYTES));
    try {
      HttpResponse<byte[]> response =
          pending.get(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
      requireJson(response, request.uri());
      return new Response(
          response.statusCode(),
          response.body(),
          response
              .headers()
              .firstValue("Retry-After")
              .flatMap(value -> RetryAfter.parse(value, Instant.now())));
    } catch (TimeoutException e) {
      throw new HttpTimeoutException(
          "no answer within %d s".formatted(settings.timeout().toSeconds()));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw failed(request.uri(), "cannot be asked: " + e.getCause(), e.getCause());
    } finally {
      // After an answer this does nothing; else it closes the connection.
      pending.cancel(true);
    }
  }

  /** A page in place of an answer means that something else lives at the URL. */
  private static void requireJson(HttpResponse<byte[]> response, URI uri)
      throws CaptionerException {
    String type = response.headers().firstValue("Content-Type").orElse("nothing");
    if (response.statusCode() == 200 && !type.startsWith("application/json")) {
      throw failed(uri, "answers with %s, not with application/json".formatted(type), null);
    }
  }

  private static void requireNear(URI base) throws CaptionerException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(base.getHost());
    } catch (UnknownHostException e) {
      throw failed(base, "has a host that no name server knows", e);
    }
    if (!Arrays.stream(addresses).allMatch(EndpointClient::isNear)) {
      throw failed(
          base,
          "is plain http to a public address: use https, or --endpoint-insecure to send images,"
              + " texts and key in the clear",
          null);
    }
  }

  /** Loopback, RFC 1918, and fc00::/7, which Java has no name for. */
  private static boolean isNear(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    return address.isLoopbackAddress() || address.isSiteLocalAddress() || uniqueLocal;
  }

  private static CaptionerException failed(URI uri, String what, Throwable cause) {
    return new CaptionerException("endpoint %s %s".formatted(uri, what), cause);
  }

  private static String message(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
