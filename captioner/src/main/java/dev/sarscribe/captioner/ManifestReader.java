package dev.sarscribe.captioner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads one {@code manifest.json}, collecting every problem instead of stopping at the first. */
final class ManifestReader {
  static final String MANIFEST = "manifest.json";

  /** A manifest is a page of text. */
  private static final int MAX_MANIFEST_BYTES = 1 << 20;

  /** Limits against a damaged manifest; far above any model that this program can run. */
  private static final int MAX_SIZE = 4096;

  private static final int MAX_TEXT_TOKENS = 4096;
  private static final int MAX_CLASSES = 10_000;
  private static final int MAX_BATCH = 1024;
  private static final int MAX_PROMPTS = 256;

  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");

  private final Path folder;
  private final List<String> problems = new ArrayList<>();

  /** Of each file, the manifest among them. */
  private final FolderDigest digests = new FolderDigest();

  ManifestReader(Path folder) {
    this.folder = folder;
  }

  ModelFolder read() throws CaptionerException {
    JsonNode root = parse(manifestBytes());
    String format = text(root, "format");
    if (!format.isEmpty() && !format.equals(ModelFolder.FORMAT)) {
      problems.add("format is %s; this version reads %s".formatted(format, ModelFolder.FORMAT));
    }
    ModelFolder model = model(root);
    checkDigestEntries(root.path("sha256"));
    if (!problems.isEmpty()) {
      throw new CaptionerException(prefix() + String.join("; ", problems));
    }
    return model;
  }

  private ModelFolder model(JsonNode root) {
    JsonNode prompts = root.path("prompts");
    ModelFolder.Input input = input(root.path("input"));
    Path encoder = file(root, "encoder");
    Path decoder = file(root, "decoder");
    Path tokenizer = file(root, "tokenizer");
    return new ModelFolder(
        folder,
        text(root, "name"),
        text(root, "version"),
        text(root, "licence"),
        input,
        encoder,
        decoder,
        tokenizer,
        integer(root, "layers", 1, 1024),
        integer(root, "heads", 1, 1024),
        integer(root, "headDim", 1, 4096),
        tokens(root.path("tokens")),
        new ModelFolder.CaptionPrompts(
            text(prompts, "prompts", "concise"), text(prompts, "prompts", "detailed")),
        integer(root, "maxAnswerTokens", 1, MAX_TEXT_TOKENS),
        integer(root, "maxCaptionTokens", 1, MAX_TEXT_TOKENS),
        root.has("maxPositions")
            ? integer(root, "maxPositions", 1, MAX_TEXT_TOKENS)
            : MAX_TEXT_TOKENS,
        integer(root, "boxBins", 1, 1_000_000),
        objectClasses(root.path("objectClasses")),
        number(root, "objectThreshold", 0, 1),
        root.path("precision").asText("fp32"),
        int8Encoder(root),
        fixed(root),
        digests.overall());
  }

  private Optional<Path> int8Encoder(JsonNode root) {
    JsonNode int8 = root.path("int8");
    return int8.isMissingNode()
        ? Optional.empty()
        : Optional.of(file(root, int8, "int8", "encoder"));
  }

  private Optional<ModelFolder.FixedGraphs> fixed(JsonNode root) {
    JsonNode fixed = root.path("fixed");
    if (fixed.isMissingNode()) {
      return Optional.empty();
    }
    return Optional.of(
        new ModelFolder.FixedGraphs(
            integer(fixed, "fixed.batch", "batch", 1, MAX_BATCH),
            file(root, fixed.path("encoder"), "fixed.encoder", "file"),
            fixedTexts(root, "answers", "maxAnswerTokens"),
            fixedTexts(root, "captions", "maxCaptionTokens")));
  }

  /** A text graph must write what the decoder writes: as long a text, in the room that it has. */
  private ModelFolder.FixedTexts fixedTexts(JsonNode root, String kind, String limit) {
    JsonNode texts = root.path("fixed").path(kind);
    String label = "fixed." + kind;
    Path file = file(root, texts, label, "file");
    int prompts = integer(texts, label + ".prompts", "prompts", 1, MAX_PROMPTS);
    int length = integer(texts, label + ".promptTokens", "promptTokens", 1, MAX_TEXT_TOKENS);
    int written = integer(texts, label + ".newTokens", "newTokens", 1, MAX_TEXT_TOKENS);
    if (written != root.path(limit).asInt()) {
      problems.add(
          "%s.newTokens is %d, but %s is %s"
              .formatted(label, written, limit, shown(root.path(limit))));
    }
    int room = root.path("maxPositions").asInt(MAX_TEXT_TOKENS);
    if (length + written > room) {
      problems.add(
          "%s needs %d positions; the model has %d".formatted(label, length + written, room));
    }
    return new ModelFolder.FixedTexts(file, prompts, length, written);
  }

  private ModelFolder.Input input(JsonNode input) {
    int size = integer(input, "input.size", "size", 1, MAX_SIZE);
    integer(input, "input.channels", "channels", 1, 1);
    JsonNode scale = input.path("scale");
    if (!scale.isNumber() || !(scale.asDouble() > 0 && scale.asDouble() <= 1)) {
      problems.add("input.scale is not a number above 0 and at most 1");
    }
    double enlargement = number(input, "input.maxEnlargement", "maxEnlargement", 1, 1024);
    return new ModelFolder.Input(size, scale.asDouble(), enlargement);
  }

  private ModelFolder.SpecialTokens tokens(JsonNode tokens) {
    return new ModelFolder.SpecialTokens(
        token(tokens, "pad"), token(tokens, "bos"), token(tokens, "eos"), token(tokens, "sep"));
  }

  private long token(JsonNode tokens, String field) {
    return integer(tokens, "tokens." + field, field, 0, Integer.MAX_VALUE);
  }

  private List<String> objectClasses(JsonNode list) {
    List<String> classes = new ArrayList<>();
    if (!list.isArray() || list.size() > MAX_CLASSES) {
      problems.add("objectClasses is not a list of at most " + MAX_CLASSES + " names");
      return classes;
    }
    for (JsonNode item : list) {
      if (!item.isTextual() || item.asText().isBlank()) {
        problems.add("objectClasses holds something that is not a name: " + item);
      }
      classes.add(item.asText());
    }
    return classes;
  }

  /** The file that the field names, checked and digested; the folder itself after a problem. */
  private Path file(JsonNode root, String field) {
    return file(root, root, "", field);
  }

  private Path file(JsonNode root, JsonNode node, String parent, String field) {
    String name = text(node, parent, field);
    if (name.isEmpty()) {
      return folder;
    }
    String label = parent.isEmpty() ? field : parent + "." + field;
    if (!FILE_NAME.matcher(name).matches()) {
      problems.add("%s is %s, which is not a plain file name".formatted(label, name));
      return folder;
    }
    Path file = folder.resolve(name);
    String expected = root.path("sha256").path(name).asText("");
    if (expected.isEmpty()) {
      problems.add("sha256 has no entry for " + name);
      return file;
    }
    checkDigest(label, file, expected);
    return file;
  }

  private void checkDigest(String field, Path file, String expected) {
    try {
      if (!file.toRealPath().startsWith(folder.toRealPath()) || !Files.isRegularFile(file)) {
        problems.add("%s: %s is not a file of the folder".formatted(field, file.getFileName()));
        return;
      }
      String actual = digests.add(file.getFileName().toString(), file);
      if (!actual.equalsIgnoreCase(expected)) {
        problems.add(
            "%s: %s has the sha256 %s, the manifest says %s; copy the model again"
                .formatted(field, file.getFileName(), actual, expected));
      }
    } catch (IOException e) {
      problems.add("%s: %s cannot be read: %s".formatted(field, file.getFileName(), e));
    }
  }

  /** Every file with a digest must be one that the manifest uses: none goes unchecked. */
  private void checkDigestEntries(JsonNode sha256) {
    if (!sha256.isObject()) {
      problems.add("sha256 is not an object of file names and digests");
      return;
    }
    sha256
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!digests.contains(name) && FILE_NAME.matcher(name).matches()) {
                checkDigest("sha256", folder.resolve(name), sha256.path(name).asText());
              } else if (!digests.contains(name)) {
                problems.add("sha256 names %s, which is not a plain file name".formatted(name));
              }
            });
  }

  private byte[] manifestBytes() throws CaptionerException {
    Path manifest = folder.resolve(MANIFEST);
    byte[] bytes;
    try (InputStream in = Files.newInputStream(manifest)) {
      bytes = in.readNBytes(MAX_MANIFEST_BYTES + 1);
    } catch (IOException e) {
      throw new CaptionerException(prefix() + MANIFEST + " cannot be read: " + e, e);
    }
    if (bytes.length > MAX_MANIFEST_BYTES) {
      throw new CaptionerException(
          prefix() + MANIFEST + " is larger than " + MAX_MANIFEST_BYTES + " bytes");
    }
    digests.add(MANIFEST, bytes);
    return bytes;
  }

  private JsonNode parse(byte[] manifest) throws CaptionerException {
    try {
      JsonNode root = new ObjectMapper().readTree(manifest);
      if (!root.isObject()) {
        throw new CaptionerException(prefix() + MANIFEST + " is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new CaptionerException(
          prefix() + MANIFEST + " is not valid JSON: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CaptionerException(prefix() + MANIFEST + " cannot be read: " + e, e);
    }
  }

  private String text(JsonNode root, String field) {
    return text(root, "", field);
  }

  private String text(JsonNode node, String parent, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual() || value.asText().isBlank()) {
      problems.add((parent.isEmpty() ? field : parent + "." + field) + " is missing or no text");
      return "";
    }
    return value.asText();
  }

  private int integer(JsonNode root, String field, int min, int max) {
    return integer(root, field, field, min, max);
  }

  private int integer(JsonNode node, String label, String field, int min, int max) {
    JsonNode value = node.path(field);
    if (!value.canConvertToInt()
        || !value.isIntegralNumber()
        || value.asInt() < min
        || value.asInt() > max) {
      problems.add(
          "%s is %s, not an integer from %d to %d".formatted(label, shown(value), min, max));
    }
    return value.asInt();
  }

  private double number(JsonNode root, String field, double min, double max) {
    return number(root, field, field, min, max);
  }

  private double number(JsonNode node, String label, String field, double min, double max) {
    JsonNode value = node.path(field);
    if (!value.isNumber() || !(value.asDouble() >= min && value.asDouble() <= max)) {
      problems.add("%s is %s, not a number from %s to %s".formatted(label, shown(value), min, max));
    }
    return value.asDouble();
  }

  private static String shown(JsonNode value) {
    return value.isMissingNode() ? "missing" : value.toString();
  }

  private String prefix() {
    return "model folder " + folder + ": ";
  }
}
