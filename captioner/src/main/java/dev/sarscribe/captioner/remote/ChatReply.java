package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A server's answer to a chat request.
 *
 * @param identity of the model that answered
 * @param content what it wrote, in UTF-8
 * @param tokens of the content with their probabilities; empty unless asked for
 */
record ChatReply(Identity identity, byte[] content, List<Token> tokens) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What answered, as it says itself.
   *
   * @param model name; may be another one than was asked for, if that is an alias
   * @param fingerprint of the server's software or set-up, empty if it gives none
   */
  record Identity(String model, String fingerprint) {}

  /** The bytes of a token and the natural logarithm of its probability. */
  record Token(byte[] bytes, double logProbability) {}

  ChatReply {
    tokens = List.copyOf(tokens);
  }

  /**
   * Reads a {@code chat.completion} object.
   *
   * @throws RefusedException if it is none, or if the model did not finish its text
   */
  static ChatReply parse(byte[] json, int maxTokens) throws RefusedException {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (IOException e) {
      throw new RefusedException("the server's answer is not valid JSON", e);
    }
    JsonNode choice = root.path("choices").path(0);
    requireFinished(choice, maxTokens);
    JsonNode content = choice.path("message").path("content");
    if (!content.isTextual()) {
      throw new RefusedException("the server's answer has no choices[0].message.content");
    }
    Identity identity = new Identity(text(root, "model"), text(root, "system_fingerprint"));
    return new ChatReply(
        identity,
        content.textValue().getBytes(StandardCharsets.UTF_8),
        tokens(choice.path("logprobs").path("content")));
  }

  private static void requireFinished(JsonNode choice, int maxTokens) throws RefusedException {
    String refusal = choice.path("message").path("refusal").asText("");
    if (!refusal.isBlank() && !refusal.equals("null")) {
      throw new RefusedException("the model refused: " + ServerMessage.shortened(refusal));
    }
    switch (choice.path("finish_reason").asText("")) {
      case "length" ->
          throw new RefusedException(
              "the model's text was cut at its limit, %d tokens (--endpoint-max-tokens) or the end of its context"
                  .formatted(maxTokens));
      case "content_filter" -> throw new RefusedException("the server's content filter refused it");
      default -> {
        // Servers have several names for a finished text; what it holds is checked anyway.
      }
    }
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isTextual() ? ServerMessage.shortened(value.textValue()) : "";
  }

  private static List<Token> tokens(JsonNode list) {
    List<Token> tokens = new ArrayList<>(list.size());
    for (JsonNode entry : list) {
      tokens.add(new Token(bytes(entry), entry.path("logprob").asDouble(Double.NaN)));
    }
    return tokens;
  }

  /** A token may be half a character, which its text cannot say; not every server gives bytes. */
  private static byte[] bytes(JsonNode entry) {
    JsonNode list = entry.path("bytes");
    if (!list.isArray()) {
      return entry.path("token").asText().getBytes(StandardCharsets.UTF_8);
    }
    byte[] bytes = new byte[list.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) list.path(i).asInt();
    }
    return bytes;
  }
}
