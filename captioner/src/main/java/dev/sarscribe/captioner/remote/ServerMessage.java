package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a server says about an error, out of the several forms in which these servers say it. */
final class ServerMessage {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A sentence or two; some servers append a trace or the whole prompt. */
  private static final int MAX_LENGTH = 300;

  /** OpenAI, vLLM and llama.cpp; older vLLM; TGI and vLLM's 401; FastAPI. */
  private static final List<String> PLACES =
      List.of("/error/message", "/message", "/error", "/detail");

  private ServerMessage() {}

  /**
   * One line of at most 300 characters, empty if the body says nothing.
   *
   * @param redact takes secrets out of the text, before any of it is cut
   */
  static String of(byte[] body, UnaryOperator<String> redact) {
    try {
      JsonNode root = JSON.readTree(body);
      for (String place : PLACES) {
        if (root.at(place).isTextual()) {
          return shortened(redact.apply(root.at(place).textValue()));
        }
      }
      return "";
    } catch (IOException e) {
      return shortened(redact.apply(new String(body, StandardCharsets.UTF_8)));
    }
  }

  /** On one line, without control characters, cut where it gets long. */
  static String shortened(String text) {
    int limit = Math.min(text.length(), 4 * MAX_LENGTH);
    String line = text.substring(0, limit).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    return line.length() <= MAX_LENGTH ? line : line.substring(0, MAX_LENGTH) + "…";
  }
}
