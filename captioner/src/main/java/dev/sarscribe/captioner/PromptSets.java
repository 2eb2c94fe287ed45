package dev.sarscribe.captioner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Reads prompt sets from YAML:
 *
 * <pre>{@code
 * name: harbours
 * version: 2
 * captions: true
 * questions:
 *   - {id: quays, application: OTHERS, text: "Is there a quay in the image?"}
 * }</pre>
 */
public final class PromptSets {
  /** A question set is a page of text; anything larger is another file. */
  private static final int MAX_BYTES = 256 * 1024;

  /** Each question costs a decoded text on every tile. */
  private static final int MAX_QUESTIONS = 256;

  private static final Set<String> SET_FIELDS = Set.of("name", "version", "captions", "questions");
  private static final Set<String> QUESTION_FIELDS = Set.of("id", "application", "text");
  private static final String STANDARD_RESOURCE = "sarlang-standard.yaml";
  private static final ObjectMapper YAML = new ObjectMapper(yamlFactory());

  private PromptSets() {}

  /** The bundled set {@code sarlang-standard}: both captions and the benchmark's questions. */
  public static PromptSet standard() {
    try (InputStream in = PromptSets.class.getResourceAsStream(STANDARD_RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + STANDARD_RESOURCE + " is missing");
      }
      return parse(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), "resource " + STANDARD_RESOURCE);
    } catch (IOException | CaptionerException e) {
      throw new IllegalStateException("resource " + STANDARD_RESOURCE + " is damaged", e);
    }
  }

  /**
   * Loads a prompt set.
   *
   * @throws CaptionerException if the file cannot be read or is not a prompt set; the message names
   *     the file and the field
   */
  public static PromptSet load(Path file) throws CaptionerException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new CaptionerException("prompt set " + file + " cannot be read: " + e, e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new CaptionerException(
          "prompt set %s is larger than %d bytes".formatted(file, MAX_BYTES));
    }
    return parse(new String(bytes, StandardCharsets.UTF_8), "prompt set " + file);
  }

  /**
   * Parses a prompt set.
   *
   * @param source names the origin of the text in messages
   * @throws CaptionerException if the text is not a prompt set
   */
  public static PromptSet parse(String yaml, String source) throws CaptionerException {
    try {
      JsonNode root = YAML.readTree(yaml);
      requireFields(root, SET_FIELDS, "the set");
      List<Question> questions = new ArrayList<>();
      JsonNode list = root.path("questions");
      if (!list.isArray() && !list.isMissingNode()) {
        throw new IllegalArgumentException("questions must be a list");
      }
      if (list.size() > MAX_QUESTIONS) {
        throw new IllegalArgumentException(
            "%d questions; at most %d".formatted(list.size(), MAX_QUESTIONS));
      }
      for (int i = 0; i < list.size(); i++) {
        questions.add(question(list.get(i), "questions[" + i + "]"));
      }
      JsonNode captions = root.path("captions");
      if (!captions.isMissingNode() && !captions.isBoolean()) {
        throw new IllegalArgumentException("captions must be true or false");
      }
      return new PromptSet(
          text(root, "name", "the set"),
          text(root, "version", "the set"),
          captions.asBoolean(true),
          questions);
    } catch (JsonProcessingException e) {
      throw new CaptionerException(source + " is not valid YAML: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new CaptionerException(source + ": " + e.getMessage(), e);
    }
  }

  private static Question question(JsonNode node, String where) {
    requireFields(node, QUESTION_FIELDS, where);
    String name = text(node, "application", where);
    Application application =
        Arrays.stream(Application.values())
            .filter(value -> value.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s: application %s is none of %s"
                            .formatted(where, name, Arrays.toString(Application.values()))));
    return new Question(text(node, "id", where), application, text(node, "text", where));
  }

  private static String text(JsonNode node, String field, String where) {
    JsonNode value = node.path(field);
    if (!value.isValueNode() || value.isNull() || value.asText().isBlank()) {
      throw new IllegalArgumentException(where + ": " + field + " is missing or empty");
    }
    return value.asText();
  }

  private static void requireFields(JsonNode node, Set<String> known, String where) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(where + " must have the fields " + sorted(known));
    }
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "%s: unknown field %s; known are %s".formatted(where, name, sorted(known)));
      }
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }

  private static YAMLFactory yamlFactory() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_BYTES);
    options.setMaxAliasesForCollections(0);
    options.setAllowDuplicateKeys(false);
    return YAMLFactory.builder().loaderOptions(options).build();
  }
}
