package dev.sarscribe.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A real HTTP server on 127.0.0.1 that answers as a test says. Handlers run side by side. */
public final class LoopbackServer implements AutoCloseable {
  static {
    // Else the JDK's server makes every answer wait 40 ms for an acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** What a path answers. */
  public interface Handler {
    void handle(HttpExchange exchange, int call) throws IOException;
  }

  /** What the server was asked. */
  public record Asked(String method, URI uri, Map<String, List<String>> headers, String body) {
    public String header(String name) {
      return headers.entrySet().stream()
          .filter(e -> e.getKey().equalsIgnoreCase(name))
          .map(e -> e.getValue().get(0))
          .findFirst()
          .orElse(null);
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
  public final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** A server that answers 404 to everything. */
  public LoopbackServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(threads);
    server.start();
  }

  /** A server that answers everything in one way, and does not remember what it was asked. */
  public static LoopbackServer serving(HttpHandler handler) throws IOException {
    LoopbackServer loopback = new LoopbackServer();
    loopback.server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            readBody(exchange);
            handler.handle(exchange);
          }
        });
    return loopback;
  }

  /** Answers everything below a path, and remembers it; {@code call} counts from 1. */
  public LoopbackServer on(String path, Handler handler) {
    server.createContext(
        path,
        exchange -> {
          String body = new String(readBody(exchange), StandardCharsets.UTF_8);
          asked.add(
              new Asked(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI(),
                  Map.copyOf(exchange.getRequestHeaders()),
                  body));
          int call = calls.computeIfAbsent(path, p -> new AtomicInteger()).incrementAndGet();
          try (exchange) {
            handler.handle(exchange, call);
          }
        });
    return this;
  }

  /** A body that is left unread would end the connection; a handler can read it once more. */
  private static byte[] readBody(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    exchange.setStreams(new ByteArrayInputStream(body), null);
    return body;
  }

  public static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  public static void json(HttpExchange exchange, int status, String body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    answer(exchange, status, body);
  }

  public static void redirect(HttpExchange exchange, int status, String to) throws IOException {
    exchange.getResponseHeaders().add("Location", to);
    exchange.sendResponseHeaders(status, -1);
  }

  /** The query of a request by name; empty without one. */
  public static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  public URI uri(String path) {
    return uri("127.0.0.1", path);
  }

  public URI uri(String host, String path) {
    return URI.create("http://" + host + ":" + server.getAddress().getPort() + path);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
