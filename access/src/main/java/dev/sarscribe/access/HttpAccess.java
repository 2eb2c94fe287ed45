package dev.sarscribe.access;

import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Request.Method;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Asks HTTP servers, within a policy. Redirects are followed hop by hop, each checked as the first;
 * each host is shown its own credentials only. What can heal is tried again: 408, 429, 500, 502 to
 * 504, time-outs, broken connections and, for whole documents, bodies that ended early. Every
 * failure is an {@link AccessException}. Thread-safe; connections are pooled.
 *
 * <p>A thread that is interrupted while it waits for the next attempt gives up with {@code
 * INTERRUPTED} and stays interrupted; {@link #close} ends requests that are under way.
 */
public final class HttpAccess implements AutoCloseable {
  private static final String USER_AGENT = "sarscribe/0.1";
  private static final int MAX_REDIRECTS = 10;

  /** What a server says of a failure, for the message. */
  private static final int MAX_EXCERPT_BYTES = 2048;

  private static final int MAX_EXCERPT = 300;

  /** Above what one process of this program does at once. */
  private static final int MAX_CONNECTIONS = 128;

  private static final int MAX_CONNECTIONS_PER_HOST = 32;

  /** Without a bound a server could send headers until the memory is full. */
  private static final int MAX_HEADERS = 200;

  private static final int MAX_HEADER_CHARS = 64 * 1024;

  /** Servers close idle connections after some time; one not used so long is checked first. */
  private static final TimeValue CHECK_AFTER_IDLE = TimeValue.ofSeconds(2);

  private static final TimeValue CONNECTION_LIFE = TimeValue.ofMinutes(10);

  /** What says what is asked for, and nothing about who asks: kept across origins. */
  private static final Set<String> HARMLESS =
      Set.of(
          "accept",
          "accept-language",
          "content-type",
          "if-match",
          "if-modified-since",
          "if-none-match",
          "if-range",
          "if-unmodified-since",
          "range");

  private final AccessPolicy policy;
  private final Credentials credentials;
  private final Retry retry;
  private final PolicyResolver resolver;
  private final CloseableHttpClient client;
  private final ScheduledExecutorService clock;

  private HttpAccess(
      AccessPolicy policy,
      Credentials credentials,
      Retry retry,
      PolicyResolver resolver,
      CloseableHttpClient client) {
    this.policy = policy;
    this.resolver = resolver;
    this.credentials = credentials;
    this.retry = retry;
    this.client = client;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "http-time-limits");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** A client that has asked nothing yet. */
  public static HttpAccess open(AccessPolicy policy, Credentials credentials) {
    return open(policy, credentials, Retry.DEFAULT);
  }

  /** The same with another patience. */
  public static HttpAccess open(AccessPolicy policy, Credentials credentials, Retry retry) {
    Timeout connect = Timeout.of(policy.limits().connect());
    Timeout stall = Timeout.of(policy.limits().stall());
    PolicyResolver resolver = new PolicyResolver(policy);
    ProxyRoutes routes = new ProxyRoutes(policy.proxy());
    var connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setDnsResolver(resolver)
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(
                        Http1Config.custom()
                            .setMaxHeaderCount(MAX_HEADERS)
                            .setMaxLineLength(MAX_HEADER_CHARS)
                            .build())
                    .build())
            .setMaxConnTotal(MAX_CONNECTIONS)
            .setMaxConnPerRoute(MAX_CONNECTIONS_PER_HOST)
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(connect)
                    .setSocketTimeout(stall)
                    .setTimeToLive(CONNECTION_LIFE)
                    .setValidateAfterInactivity(CHECK_AFTER_IDLE)
                    .build())
            .build();
    CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(connections)
            .setRoutePlanner(routes)
            .setDefaultCredentialsProvider(routes.logins())
            .addExecInterceptorAfter(
                ChainElement.CONNECT.name(), "server-reached", Exchange::markReached)
            .setUserAgent(USER_AGENT)
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(stall)
                    .setConnectionRequestTimeout(stall)
                    .build())
            .build();
    return new HttpAccess(policy, credentials, retry, resolver, client);
  }

  /** How failures that can heal are met. */
  public Retry retry() {
    return retry;
  }

  public AccessPolicy policy() {
    return policy;
  }

  /** Gets a whole document of at most the policy's size. */
  public Response get(URI uri, Map<String, String> headers) throws AccessException {
    return send(Request.get(uri, headers));
  }

  /** Posts a question, for instance a search, and reads the whole answer. */
  public Response post(URI uri, byte[] body, String contentType, Map<String, String> headers)
      throws AccessException {
    return send(Request.post(uri, body, contentType, headers));
  }

  /**
   * Sends a request and reads the whole answer into memory.
   *
   * @return an answer 2xx or 304
   * @throws AccessException for every other answer, and if no attempt got one
   */
  public Response send(Request request) throws AccessException {
    return send(request, credentials);
  }

  private Response send(Request request, Credentials shown) throws AccessException {
    return attempts(request, () -> whole(request, shown));
  }

  private Response whole(Request request, Credentials shown) throws AccessException {
    try (Answer parts = follow(request, shown, policy.limits().document(), true)) {
      byte[] body = parts.exchange().bytes(policy.maxDocumentBytes());
      return new Response(parts.exchange().status(), parts.exchange().headers(), parts.uri(), body);
    }
  }

  /**
   * Sends a request and returns once the answer begins; attempts end there. The body is as stored,
   * never decompressed.
   *
   * @return an answer 2xx or 304, which the caller closes
   * @throws AccessException for every other answer, and if no attempt got one
   */
  public ResponseStream stream(Request request) throws AccessException {
    return attempts(request, () -> begin(request));
  }

  private ResponseStream begin(Request request) throws AccessException {
    Answer parts = follow(request, credentials, policy.limits().download(), false);
    try {
      Exchange exchange = parts.exchange();
      return new ResponseStream(
          exchange.status(), exchange.headers(), parts.uri(), exchange.body(), exchange);
    } catch (AccessException e) {
      parts.close();
      throw e;
    }
  }

  private interface Attempt<T> {
    T run() throws AccessException;
  }

  private <T> T attempts(Request request, Attempt<T> attempt) throws AccessException {
    policy.check(request.uri());
    for (int failures = 1; ; failures++) {
      try {
        return attempt.run();
      } catch (AccessException e) {
        retry.pause(failures, e);
      }
    }
  }

  private record Answer(Exchange exchange, URI uri) implements AutoCloseable {
    @Override
    public void close() {
      exchange.close();
    }
  }

  /** Sends a request, follows its redirects, and returns an answer 2xx or 304. */
  private Answer follow(Request first, Credentials shown, Duration limit, boolean compressed)
      throws AccessException {
    Request request = first;
    Set<URI> seen = new HashSet<>();
    while (true) {
      policy.check(request.uri());
      checkTarget(request.uri());
      if (!seen.add(request.uri()) || seen.size() > MAX_REDIRECTS) {
        throw new AccessException(
            Reason.BAD_REDIRECT, first.uri(), "redirects in circles, or more than 10 times");
      }
      Exchange exchange = authorised(request, shown, limit, compressed);
      int status = exchange.status();
      if ((status >= 200 && status < 300) || status == 304) {
        return new Answer(exchange, request.uri());
      }
      try (exchange) {
        Optional<Request> next = redirect(request, exchange);
        if (next.isEmpty()) {
          throw failed(request, exchange);
        }
        request = next.orElseThrow();
      }
    }
  }

  private void checkTarget(URI uri) throws AccessException {
    try {
      resolver.checkTarget(uri.getScheme(), uri.getHost());
    } catch (PolicyResolver.RefusedAddress e) {
      throw new AccessException(Reason.REFUSED_BY_POLICY, uri, e.getMessage(), e);
    } catch (UnknownHostException e) {
      throw new AccessException(Reason.UNREACHABLE, uri, e.getMessage(), e);
    }
  }

  private Exchange authorised(
      Request request, Credentials shown, Duration limit, boolean compressed)
      throws AccessException {
    Optional<Credential> credential = shown.of(request.uri());
    if (credential.isEmpty()) {
      return exchange(request, Credential.Proof.NONE, limit, compressed);
    }
    requireEncrypted(request.uri());
    Credential.Proof proof = credential.orElseThrow().proof(request.uri(), this::unauthorised);
    Exchange exchange = exchange(request, proof, limit, compressed);
    int status = exchange.status();
    if (!credential.orElseThrow().renew(proof, status)) {
      return exchange;
    }
    exchange.close(); // a token may be revoked before its time: once more with a new one
    proof = credential.orElseThrow().proof(request.uri(), this::unauthorised);
    return exchange(request, proof, limit, compressed);
  }

  private Response unauthorised(Request request) throws AccessException {
    requireEncrypted(request.uri());
    return send(request, Credentials.NONE);
  }

  private static void requireEncrypted(URI uri) throws AccessException {
    String host = HostPattern.canonical(uri.getHost());
    boolean here = host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    if (!"https".equalsIgnoreCase(uri.getScheme()) && !here) {
      throw new AccessException(
          Reason.REFUSED_BY_POLICY, uri, "credentials for this host travel over https only");
    }
  }

  private Exchange exchange(
      Request request, Credential.Proof proof, Duration limit, boolean compressed)
      throws AccessException {
    URI target = withQuery(request.uri(), proof.query());
    HttpUriRequestBase base = new HttpUriRequestBase(request.method().name(), target);
    base.setConfig(
        RequestConfig.custom()
            .setResponseTimeout(Timeout.of(policy.limits().stall()))
            .setConnectionRequestTimeout(Timeout.of(policy.limits().stall()))
            .setContentCompressionEnabled(compressed)
            .build());
    request.headers().forEach(base::setHeader);
    if (!compressed) {
      base.setHeader("Accept-Encoding", "identity");
    }
    proof.headers().forEach(base::setHeader);
    request
        .body()
        .ifPresent(
            body ->
                base.setEntity(
                    new ByteArrayEntity(body.bytes(), ContentType.parse(body.contentType()))));
    Exchange exchange = Exchange.open(client, request.uri(), base, limit, clock);
    if (!exchange.isOfServer()) {
      try (exchange) {
        throw withoutTunnel(request.uri(), exchange.status());
      }
    }
    return exchange;
  }

  /** What a proxy says instead of opening a tunnel is in clear, and never the server's answer. */
  private static AccessException withoutTunnel(URI uri, int status) {
    Reason reason =
        switch (status) {
          case 407 -> Reason.UNAUTHORIZED;
          case 408, 429, 500, 502, 503, 504 -> Reason.UNREACHABLE;
          default -> Reason.HTTP_ERROR;
        };
    String why = status == 407 ? advice(status) : "";
    return new AccessException(
        reason, uri, "the proxy opens no tunnel to it: answers %d%s".formatted(status, why));
  }

  private static URI withQuery(URI uri, String query) throws AccessException {
    if (query.isEmpty()) {
      return uri;
    }
    String text = uri.toString();
    int fragment = text.indexOf('#');
    String bare = fragment < 0 ? text : text.substring(0, fragment);
    try {
      return new URI(bare + (uri.getRawQuery() == null ? "?" : "&") + query);
    } catch (URISyntaxException e) { // whose message quotes the query
      throw new AccessException(Reason.INVALID, uri, "cannot take the query of its credentials");
    }
  }

  /** The request that a redirect leads to; empty if the answer is none. */
  private static Optional<Request> redirect(Request from, Exchange answer) throws AccessException {
    int status = answer.status();
    boolean sameMethod = status == 307 || status == 308;
    if (!sameMethod && status != 301 && status != 302 && status != 303) {
      return Optional.empty();
    }
    URI to = location(from.uri(), answer.headers());
    boolean sameOrigin = origin(from.uri()).equals(origin(to));
    if ("https".equalsIgnoreCase(from.uri().getScheme())
        && !"https".equalsIgnoreCase(to.getScheme())) {
      throw new AccessException(
          Reason.BAD_REDIRECT, from.uri(), "redirects from https to " + Redaction.of(to));
    }
    if (sameMethod && from.method() == Method.POST && !sameOrigin) {
      throw new AccessException(
          Reason.BAD_REDIRECT,
          from.uri(),
          "what is posted does not follow a redirect to " + Redaction.of(to));
    }
    Map<String, String> headers = new HashMap<>(from.headers());
    if (!sameOrigin) {
      headers.keySet().removeIf(name -> !HARMLESS.contains(name.toLowerCase(Locale.ROOT)));
    }
    boolean becomesGet = !sameMethod && from.method() == Method.POST;
    return Optional.of(
        new Request(
            becomesGet ? Method.GET : from.method(),
            to,
            headers,
            becomesGet ? Optional.empty() : from.body()));
  }

  private static URI location(URI from, Headers headers) throws AccessException {
    String text =
        headers
            .first("Location")
            .orElseThrow(
                () -> new AccessException(Reason.BAD_REDIRECT, from, "redirects to nowhere"));
    try {
      URI to = from.resolve(new URI(text.replace(" ", "%20")));
      if (!String.valueOf(to.getScheme()).matches("(?i)https?")) {
        throw new AccessException(
            Reason.REFUSED_BY_POLICY, from, "redirects to " + Redaction.of(to));
      }
      return to;
    } catch (URISyntaxException e) {
      throw new AccessException(Reason.BAD_REDIRECT, from, "redirects to what is no URL");
    }
  }

  private static String origin(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return scheme + "://" + HostPattern.canonical(String.valueOf(uri.getHost())) + ":" + port;
  }

  private static AccessException failed(Request request, Exchange answer) {
    int status = answer.status();
    Headers headers = answer.headers();
    String said = excerpt(headers, answer.start(MAX_EXCERPT_BYTES));
    Reason reason =
        switch (status) {
          case 401, 403, 407 -> Reason.UNAUTHORIZED;
          case 404, 410 -> Reason.NOT_FOUND;
          case 408 -> Reason.TIMEOUT;
          case 413 -> Reason.TOO_LARGE;
          case 429 -> Reason.RATE_LIMITED;
          case 500, 502, 503, 504 -> Reason.SERVER_ERROR;
          default -> Reason.HTTP_ERROR;
        };
    return AccessException.ofAnswer(
        reason,
        request.uri(),
        "answers %d%s%s".formatted(status, advice(status), said),
        status,
        headers.retryAfter(Instant.now()));
  }

  /** Without colons behind words that {@link Redaction} takes for names of secrets. */
  private static String advice(int status) {
    return switch (status) {
      case 401 -> ", unauthorized; are there credentials for this host?";
      case 403 -> ", forbidden; do the credentials allow it?";
      case 404 -> ", not found";
      case 407 -> ", the proxy wants a login; are there a user and a password in HTTPS_PROXY?";
      case 429 -> ", too many requests";
      default -> "";
    };
  }

  private static String excerpt(Headers headers, byte[] start) {
    String type = headers.first("Content-Type").orElse("");
    if (!type.matches("(?i)(text/plain|application/([\\w.+-]*\\+)?(json|xml)|text/xml).*")) {
      return "";
    }
    String text = new String(start, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}\\s]+", " ");
    String brief = text.length() <= MAX_EXCERPT ? text : text.substring(0, MAX_EXCERPT) + "…";
    return brief.isBlank() ? "" : ": " + brief.strip();
  }

  @Override
  public void close() {
    clock.shutdownNow();
    client.close(CloseMode.IMMEDIATE);
  }
}
