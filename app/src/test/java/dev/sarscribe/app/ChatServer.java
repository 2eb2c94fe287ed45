package dev.sarscribe.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;

/** A chat endpoint that writes one text for everything that the request's schema asks for. */
final class ChatServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LoopbackServer server = new LoopbackServer();

  ChatServer() throws IOException {
    server.on(
        "/v1/models",
        (exchange, call) ->
            LoopbackServer.json(
                exchange, 200, "{\"data\":[{\"id\":\"served\",\"owned_by\":\"vllm\"}]}"));
    server.on("/v1/chat/completions", (exchange, call) -> write(exchange));
  }

  String base() {
    return server.uri("localhost", "/v1").toString();
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
    LoopbackServer.json(exchange, 200, completion.toString());
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

  @Override
  public void close() {
    server.close();
  }
}
