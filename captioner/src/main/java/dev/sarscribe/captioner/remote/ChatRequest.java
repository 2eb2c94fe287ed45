package dev.sarscribe.captioner.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PngCodec;
import java.util.Base64;
import java.util.List;

/**
 * What is posted for a tile: all of a prompt set in one message with the image, and the JSON schema
 * that the answer must have. Immutable, thread-safe.
 */
final class ChatRequest {
  /** The captions, as properties of the answer and in the order of the outcome. */
  static final List<String> CAPTIONS = List.of("concise", "detailed");

  /** The property that holds the answers, one property for each question's id. */
  static final String ANSWERS = "answers";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final EndpointSettings settings;
  private final String model;
  private final PromptSet prompts;

  ChatRequest(EndpointSettings settings, String model, PromptSet prompts) {
    this.settings = settings;
    this.model = model;
    this.prompts = prompts;
  }

  /** The body, in UTF-8. */
  byte[] body(TileImage tile) {
    ObjectNode body = JSON.createObjectNode();
    body.put("model", model).put("temperature", 0).put("max_tokens", settings.maxTokens());
    if (settings.logprobs()) {
      // llama.cpp takes the number of alternatives for the switch, and 20 if there is none.
      body.put("logprobs", true).put("top_logprobs", 1);
    }
    ArrayNode content =
        body.putArray("messages").addObject().put("role", "user").putArray("content");
    content.addObject().put("type", "text").put("text", text(tile));
    content.addObject().put("type", "image_url").putObject("image_url").put("url", dataUri(tile));
    ObjectNode format = body.putObject("response_format").put("type", "json_schema");
    ObjectNode schema = format.putObject("json_schema").put("name", "tile").put("strict", true);
    schema.set("schema", schema());
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain nodes can be written", e);
    }
  }

  private String text(TileImage tile) {
    StringBuilder text = new StringBuilder(4096);
    text.append(
        """
        The image is a synthetic aperture radar (SAR) image of %d x %d pixels in greyscale: bright \
        is strong backscatter, and black may be missing data. Boxes are [x, y, w, h] in pixels of \
        the image as sent: x to the right and y down from its upper left corner, then width and \
        height. Say only what the image shows. Reply with one JSON object.
        """
            .formatted(tile.width(), tile.height()));
    if (prompts.captions()) {
      text.append(
          """
          "concise": a caption of one sentence.
          "detailed": a caption of two to five sentences.
          """);
    }
    if (!prompts.questions().isEmpty()) {
      text.append(
          """
          "answers": an object with a short answer to each of these questions, by its id; yes or \
          no, a number or a few words where that says it:
          """);
      for (Question question : prompts.questions()) {
        text.append(question.id()).append(": ").append(question.text()).append('\n');
      }
    }
    return text.toString();
  }

  private static String dataUri(TileImage tile) {
    return "data:image/png;base64," + Base64.getEncoder().encodeToString(PngCodec.encode(tile));
  }

  private ObjectNode schema() {
    ObjectNode schema = texts(prompts.captions() ? CAPTIONS : List.of());
    if (!prompts.questions().isEmpty()) {
      List<String> ids = prompts.questions().stream().map(Question::id).toList();
      schema.withObjectProperty("properties").set(ANSWERS, texts(ids));
      schema.withArrayProperty("required").add(ANSWERS);
    }
    return schema;
  }

  /** An object of just these texts. */
  private static ObjectNode texts(List<String> names) {
    ObjectNode schema = JSON.createObjectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    for (String name : names) {
      properties.putObject(name).put("type", "string");
      required.add(name);
    }
    return schema.put("additionalProperties", false);
  }
}
