package dev.sarscribe.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A chat endpoint that writes one text for everything that the request's schema asks for. */
record ChatServer(HttpServer server) implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  static ChatServer start() throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    ChatServer chat = new ChatServer(HttpServer.create(new InetSocketAddress(here, 0), 0));
    chat.server.createContext(
        "/v1/models",
        exchange -> respond(exchange, "{\"data\":[{\"id\":\"served\",\"owned_by\":\"vllm\"}]}"));
    chat.server.createContext("/v1/chat/completions", ChatServer::write);
    chat.server.start();
    return chat;
  }

  String base() {
    return "http://localhost:%d/v1".formatted(server.getAddress().getPort());
  }

  private static void write(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody().readAllBytes());
    ObjectNode completion = JSON.createObjectNode().put("model", "served");
    completion
        .putArray("choices")
        .addObject()
        .put("finish_reason", "stop")
        .putObject("message")
        .put("content", texts(request.at("/response_format/json_schema/schema")).toString());
    respond(exchange, completion.toString());
  }

  private static ObjectNode texts(JsonNode schema) {
    ObjectNode texts = JSON.createObjectNode();
    for (JsonNode name : schema.path("required")) {
      JsonNode property = schema.path("properties").path(name.asText());
      if (property.has("properties")) {
        texts.set(name.asText(), texts(property));
      } else {
        texts.put(name.asText(), "written by a server");
      }
    }
    return texts;
  }

  private static void respond(HttpExchange exchange, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
