package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP server that answers as vLLM does. What it writes follows the schema of the request, and
 * depends on the image and on the question alone. Answers can be scripted, one per request.
 */
final class FakeVllm implements AutoCloseable {
  static final String MODEL = "Qwen/Qwen2.5-VL-3B-Instruct";

  /** Of every token that it writes. */
  static final double LOG_PROBABILITY = -0.001;

  private static final int TOKEN_BYTES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private final List<String> authorizations = new CopyOnWriteArrayList<>();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();

  /** What happens to one chat request. */
  interface Script {
    void answer(HttpExchange exchange, JsonNode request) throws IOException;
  }

  private FakeVllm(HttpServer server) {
    this.server = server;
  }

  static FakeVllm start() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      FakeVllm fake = new FakeVllm(server);
      server.setExecutor(fake.threads);
      server.createContext("/v1/models", fake::models);
      server.createContext("/v1/chat/completions", fake::chat);
      server.start();
      return fake;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI base() {
    return URI.create("http://localhost:%d/v1".formatted(server.getAddress().getPort()));
  }

  /** Lets the next chat requests, one each, meet these. */
  void next(Script... list) {
    scripts.addAll(List.of(list));
  }

  /** The chat requests so far, the probe's among them. */
  List<JsonNode> requests() {
    return requests;
  }

  List<String> authorizations() {
    return authorizations;
  }

  int mostAtOnce() {
    return mostAtOnce.get();
  }

  private void models(HttpExchange exchange) throws IOException {
    respond(
        exchange,
        200,
        """
        {"object":"list","data":[{"id":"%s","object":"model","created":%d,"owned_by":"vllm",
        "root":"%s","parent":null,"max_model_len":32768,"permission":[]}]}"""
            .formatted(MODEL, System.currentTimeMillis() / 1000, MODEL));
  }

  private void chat(HttpExchange exchange) throws IOException {
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    try (exchange) {
      JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
      requests.add(request);
      authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      Script script = scripts.poll();
      if (script == null) {
        write(exchange, request);
      } else {
        script.answer(exchange, request);
      }
    } finally {
      atOnce.decrementAndGet();
    }
  }

  /** The usual answer. */
  static void write(HttpExchange exchange, JsonNode request) throws IOException {
    respond(exchange, 200, completion(content(request), "stop", request).toString());
  }

  /** The answer with this text in place of the usual one. */
  static Script text(String content, String finishReason) {
    return (exchange, request) ->
        respond(exchange, 200, completion(content, finishReason, request).toString());
  }

  static Script status(int status, String body) {
    return (exchange, request) -> respond(exchange, status, body);
  }

  static void respond(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** {@code chat.completion} as vLLM 0.10 writes it. */
  static ObjectNode completion(String content, String finishReason, JsonNode request) {
    ObjectNode root = JSON.createObjectNode();
    root.put("id", "chatcmpl-5f1c").put("object", "chat.completion").put("created", 1_764_000_000);
    root.put("model", MODEL);
    ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
    choice.putObject("message").put("role", "assistant").put("content", content);
    ((ObjectNode) choice.path("message")).putNull("refusal").putNull("annotations");
    ((ObjectNode) choice.path("message")).putNull("audio").putArray("tool_calls");
    if (request.path("logprobs").asBoolean()) {
      tokens(choice.putObject("logprobs").putArray("content"), content);
    } else {
      choice.putNull("logprobs");
    }
    choice.put("finish_reason", finishReason).putNull("stop_reason");
    root.putNull("service_tier").putNull("system_fingerprint");
    root.putObject("usage").put("prompt_tokens", 812).put("total_tokens", 990);
    return root.putNull("prompt_logprobs").putNull("kv_transfer_params");
  }

  /** Cuts characters in half, as byte-level vocabularies do. */
  private static void tokens(ArrayNode list, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < bytes.length; from += TOKEN_BYTES) {
      int length = Math.min(TOKEN_BYTES, bytes.length - from);
      ObjectNode token = list.addObject();
      token.put("token", new String(bytes, from, length, StandardCharsets.UTF_8));
      token.put("logprob", LOG_PROBABILITY);
      for (int i = from; i < from + length; i++) {
        token.withArrayProperty("bytes").add(bytes[i] & 0xff);
      }
      token.putArray("top_logprobs");
    }
  }

  /** One text for each property of the schema. */
  static String content(JsonNode request) {
    JsonNode schema = request.at("/response_format/json_schema/schema");
    return object(schema, request).toString();
  }

  private static ObjectNode object(JsonNode schema, JsonNode request) {
    ObjectNode object = JSON.createObjectNode();
    for (JsonNode name : schema.path("required")) {
      JsonNode property = schema.path("properties").path(name.asText());
      if (property.path("type").asText().equals("object")) {
        object.set(name.asText(), object(property, request));
      } else {
        object.put(name.asText(), sentence(name.asText(), request));
      }
    }
    return object;
  }

  private static String sentence(String name, JsonNode request) {
    JsonNode content = request.at("/messages/0/content");
    String question =
        content
            .path(0)
            .path("text")
            .asText()
            .lines()
            .filter(line -> line.startsWith(name + ": "))
            .map(line -> line.substring(name.length() + 2))
            .findFirst()
            .orElse(name);
    String image = content.path(1).at("/image_url/url").asText();
    return " Écho %08x %08x 船\n".formatted(question.hashCode(), image.hashCode());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
