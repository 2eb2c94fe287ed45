package dev.sarscribe.app.service;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET} of a few paths with what a supplier gives. Nothing of a request but its
 * method and path is read; two threads answer, and slow clients are cut off.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);
  private static final int THREADS = 2;
  private static final int BACKLOG = 16;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int SERVER_ERROR = 500;
  private static final int UNAVAILABLE = 503;

  static {
    // Read once by the JDK's server: seconds for a request to arrive and for an answer to leave.
    limit("sun.net.httpserver.maxReqTime", "10");
    limit("sun.net.httpserver.maxRspTime", "30");
    limit("jdk.httpserver.maxConnections", "64");
  }

  /**
   * An answer.
   *
   * @param status of HTTP
   * @param mediaType of the text
   */
  public record Answer(int status, String mediaType, String text) {}

  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(THREADS, HttpEndpoint::thread);

  private HttpEndpoint(HttpServer server) {
    this.server = server;
  }

  /**
   * Listens, and answers nothing but 404 until paths are added.
   *
   * @param port 0 for any free one
   * @throws IOException if it cannot listen there; names host and port
   */
  public static HttpEndpoint open(String host, int port) throws IOException {
    try {
      var address = new InetSocketAddress(InetAddress.getByName(host), port);
      var endpoint = new HttpEndpoint(HttpServer.create(address, BACKLOG));
      endpoint.server.setExecutor(endpoint.threads);
      endpoint.server.createContext(
          "/", exchange -> send(exchange, new Answer(NOT_FOUND, "text/plain", "not here\n")));
      endpoint.server.start();
      return endpoint;
    } catch (IOException e) {
      throw new IOException(
          "the HTTP endpoint cannot listen on %s:%d: %s".formatted(host, port, e.getMessage()), e);
    }
  }

  /** Adds a path. */
  public void answer(String path, Supplier<Answer> answer) {
    server.createContext(path, exchange -> handle(exchange, path, answer));
  }

  /** The port that it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static void handle(HttpExchange exchange, String path, Supplier<Answer> answer)
      throws IOException {
    String method = exchange.getRequestMethod();
    if (!exchange.getRequestURI().getPath().equals(path)) {
      send(exchange, new Answer(NOT_FOUND, "text/plain", "not here\n"));
    } else if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      send(exchange, new Answer(METHOD_NOT_ALLOWED, "text/plain", "only GET\n"));
    } else {
      try {
        send(exchange, answer.get());
      } catch (RuntimeException e) {
        LOG.error("{} cannot be answered", path, e);
        send(exchange, new Answer(SERVER_ERROR, "text/plain", "see the log\n"));
      }
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] bytes = answer.text().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.mediaType());
    // With a body that nobody reads, the connection cannot be used again.
    exchange.getResponseHeaders().set("Connection", "close");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    try (exchange) {
      exchange.sendResponseHeaders(answer.status(), head ? -1 : bytes.length);
      if (!head) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "http-endpoint");
    thread.setDaemon(true);
    return thread;
  }

  /** A text that is well, or is not. */
  static Answer json(boolean up, String text) {
    return new Answer(up ? OK : UNAVAILABLE, "application/json", text + "\n");
  }

  /** A text of Prometheus. */
  static Answer metrics(String text) {
    return new Answer(OK, "text/plain; version=0.0.4; charset=utf-8", text);
  }
}
