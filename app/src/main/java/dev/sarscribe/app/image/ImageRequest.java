package dev.sarscribe.app.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked about one image.
 *
 * @param image as the caller spelled it; echoed in the answer
 * @param path where it is
 * @param questions beyond those of the prompt set
 * @param alone whether only the questions are asked: neither captions nor the prompt set's
 */
public record ImageRequest(String image, Path path, List<String> questions, boolean alone) {
  /** A line of requests is a path and some questions; more is another file. */
  private static final int MAX_LINE_CHARS = 1024 * 1024;

  private static final int MAX_QUESTIONS = 256;

  private static final ObjectReader JSON =
      new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  public ImageRequest {
    questions = List.copyOf(questions);
  }

  /**
   * Reads a line {@code {"image": path, "questions": [text, …], "captions": true}}. Without
   * questions, or with captions, everything is asked.
   *
   * @param folder that relative paths start from
   * @throws IllegalArgumentException if it is something else, saying what
   */
  static ImageRequest parse(String line, Path folder) {
    if (line.length() > MAX_LINE_CHARS) {
      throw new IllegalArgumentException("the line is longer than " + MAX_LINE_CHARS);
    }
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON: " + e.getOriginalMessage(), e);
    }
    if (!node.path("image").isTextual()) {
      throw new IllegalArgumentException("\"image\" must be a path");
    }
    String image = node.path("image").textValue();
    List<String> questions = questions(node.path("questions"));
    JsonNode captions = node.path("captions");
    if (!captions.isMissingNode() && !captions.isBoolean()) {
      throw new IllegalArgumentException("\"captions\" must be true or false");
    }
    boolean alone = !questions.isEmpty() && !captions.asBoolean(false);
    try {
      return new ImageRequest(image, folder.resolve(image), questions, alone);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("\"image\" is no path: " + e.getMessage(), e);
    }
  }

  private static List<String> questions(JsonNode node) {
    if (node.isMissingNode()) {
      return List.of();
    }
    if (!node.isArray() || node.size() > MAX_QUESTIONS) {
      throw new IllegalArgumentException(
          "\"questions\" must be a list of at most " + MAX_QUESTIONS + " texts");
    }
    List<String> questions = new ArrayList<>();
    for (JsonNode question : node) {
      if (!question.isTextual()) {
        throw new IllegalArgumentException("a question must be a text, not " + question);
      }
      questions.add(question.textValue());
    }
    return questions;
  }
}
