package dev.sarscribe.captioner;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.sarscribe.captioner.VisionEncoderDecoder.Filter;
import dev.sarscribe.captioner.VisionEncoderDecoder.ImageInput;
import dev.sarscribe.captioner.VisionEncoderDecoder.TextTokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads a folder that Hugging Face Optimum exported, collecting every problem instead of stopping
 * at the first. Graphs may lie in the folder or in {@code onnx/} in it, as on the Hub.
 */
final class ExportReader {
  private static final String CONFIG = "config.json";
  private static final String PREPROCESSOR = "preprocessor_config.json";
  private static final String GENERATION = "generation_config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String ENCODER = "encoder_model.onnx";
  private static final String DECODER = "decoder_model.onnx";
  private static final String DECODER_WITH_PAST = "decoder_with_past_model.onnx";

  /** Both steps in one graph. */
  private static final String DECODER_MERGED = "decoder_model_merged.onnx";

  /** Only in exports of other families, which have an encoder of text or a decoder of both. */
  private static final String EMBEDDING = "embed_tokens.onnx";

  /** A page of text each. */
  private static final int MAX_JSON_BYTES = 1 << 20;

  private static final int MAX_SIZE = 4096;

  /** The default of a caption's length in tokens where the export sets none, and the limit. */
  private static final int USUAL_TOKENS = 64;

  private static final int MAX_TOKENS = 256;

  /** Pillow's numbers. */
  private static final int BILINEAR = 2;

  private static final int BICUBIC = 3;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final List<String> problems = new ArrayList<>();
  private final FolderDigest digests = new FolderDigest();

  ExportReader(Path folder) {
    this.folder = folder;
  }

  /** Whether there are graphs by the names that Optimum gives them. */
  boolean isExport() {
    return Stream.of(ENCODER, DECODER, DECODER_MERGED, EMBEDDING)
        .anyMatch(name -> find(name).isPresent());
  }

  LocalModel read() throws CaptionerException {
    if (find(EMBEDDING).isPresent()) {
      throw new CaptionerException(
          prefix() + "exports with " + EMBEDDING + " (Florence-2, SmolVLM) cannot be run yet");
    }
    JsonNode config = json(CONFIG);
    String type = config.path("model_type").asText();
    if (!config.isMissingNode() && !type.equals("vision-encoder-decoder")) {
      problems.add("%s has the model_type %s, not vision-encoder-decoder".formatted(CONFIG, type));
    }
    Path encoder = required(ENCODER);
    Optional<Path> merged = find(DECODER_MERGED);
    Path decoder = merged.isPresent() ? merged.orElseThrow() : required(DECODER);
    Optional<Path> later = merged.isPresent() ? Optional.empty() : find(DECODER_WITH_PAST);
    Path tokenizer = required(TOKENIZER);
    ImageInput image = image(json(PREPROCESSOR));
    TextTokens tokens = tokens(config, optionalJson(GENERATION));
    for (Path file :
        Stream.concat(Stream.of(encoder, decoder, tokenizer), later.stream()).toList()) {
      digest(file);
    }
    if (!problems.isEmpty()) {
      throw new CaptionerException(prefix() + String.join("; ", problems));
    }
    // The root folder has no name.
    String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    return new VisionEncoderDecoder(
        folder,
        name,
        "see its model card",
        digests.overall(),
        encoder,
        decoder,
        later,
        tokenizer,
        image,
        tokens);
  }

  private ImageInput image(JsonNode processor) {
    JsonNode size = processor.path("size");
    int width = edge(size.isInt() ? size : size.path("width"));
    int height = edge(size.isInt() ? size : size.path("height"));
    if (!processor.path("do_resize").asBoolean(true)
        || processor.path("do_center_crop").asBoolean(false)) {
      problems.add(PREPROCESSOR + " does not resize to a fixed size, or crops");
    }
    boolean normalise = processor.path("do_normalize").asBoolean(true);
    boolean rescale = processor.path("do_rescale").asBoolean(true);
    return new ImageInput(
        width,
        height,
        filter(processor.path("resample").asInt(BILINEAR)),
        rescale ? processor.path("rescale_factor").asDouble(1 / 255.0) : 1,
        normalise ? channels(processor, "image_mean") : List.of(0.0, 0.0, 0.0),
        normalise ? channels(processor, "image_std") : List.of(1.0, 1.0, 1.0));
  }

  private int edge(JsonNode value) {
    if (!value.isInt() || value.asInt() < 1 || value.asInt() > MAX_SIZE) {
      problems.add(PREPROCESSOR + ": size is not a height and a width of 1 to " + MAX_SIZE);
      return 1;
    }
    return value.asInt();
  }

  private Filter filter(int resample) {
    if (resample != BILINEAR && resample != BICUBIC) {
      problems.add(
          "%s: resample is %d; %d (bilinear) and %d (bicubic) are known"
              .formatted(PREPROCESSOR, resample, BILINEAR, BICUBIC));
    }
    return resample == BICUBIC ? Filter.BICUBIC : Filter.BILINEAR;
  }

  private List<Double> channels(JsonNode processor, String field) {
    List<Double> values = new ArrayList<>();
    processor.path(field).forEach(value -> values.add(value.asDouble()));
    boolean positive = values.stream().allMatch(value -> value > 0);
    if (values.size() != 3 || (field.equals("image_std") && !positive)) {
      problems.add("%s: %s is not three usable numbers".formatted(PREPROCESSOR, field));
    }
    return values;
  }

  /** Generation settings come first, then those of the model, then those of its decoder. */
  private TextTokens tokens(JsonNode config, JsonNode generation) {
    List<JsonNode> places = List.of(generation, config, config.path("decoder"));
    JsonNode start = first(places, "decoder_start_token_id");
    if (start.isMissingNode()) {
      start = first(places, "bos_token_id");
    }
    Set<Long> ends = new HashSet<>();
    JsonNode eos = first(places, "eos_token_id");
    (eos.isArray() ? eos : List.of(eos)).forEach(id -> addToken(ends, id));
    if (!start.canConvertToInt() || start.asInt() < 0 || ends.isEmpty()) {
      problems.add("no decoder_start_token_id and eos_token_id in " + GENERATION + " or " + CONFIG);
    }
    JsonNode fresh = generation.path("max_new_tokens");
    // max_length counts the start.
    int max = fresh.isInt() ? fresh.asInt() : first(places, "max_length").asInt(USUAL_TOKENS) - 1;
    return new TextTokens(start.asLong(), ends, Math.max(1, Math.min(MAX_TOKENS, max)));
  }

  private static void addToken(Set<Long> ids, JsonNode id) {
    if (id.canConvertToInt() && id.isIntegralNumber()) {
      ids.add(id.asLong());
    }
  }

  private static JsonNode first(List<JsonNode> places, String field) {
    return places.stream()
        .map(place -> place.path(field))
        .filter(value -> !value.isMissingNode() && !value.isNull())
        .findFirst()
        .orElse(MissingNode.getInstance());
  }

  private Optional<Path> find(String name) {
    return Stream.of(folder.resolve(name), folder.resolve("onnx").resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private Path required(String name) {
    Optional<Path> file = find(name);
    if (file.isEmpty()) {
      problems.add(name + " is missing");
    }
    return file.orElse(folder);
  }

  private JsonNode json(String name) {
    Path file = required(name);
    return file.equals(folder) ? MissingNode.getInstance() : parse(file);
  }

  private JsonNode optionalJson(String name) {
    return find(name).map(this::parse).orElse(MissingNode.getInstance());
  }

  private JsonNode parse(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_JSON_BYTES + 1);
      if (bytes.length <= MAX_JSON_BYTES) {
        digest(file);
        return JSON.readTree(bytes);
      }
      problems.add("%s is larger than %d bytes".formatted(file.getFileName(), MAX_JSON_BYTES));
    } catch (JsonProcessingException e) {
      problems.add(
          "%s is not valid JSON: %s".formatted(file.getFileName(), e.getOriginalMessage()));
    } catch (IOException e) {
      problems.add("%s cannot be read: %s".formatted(file.getFileName(), e));
    }
    return MissingNode.getInstance();
  }

  /** Adds a file; of a graph also the weights that lie beside it. */
  private void digest(Path file) {
    if (file.equals(folder)) {
      return;
    }
    String name = file.getFileName().toString();
    try {
      digests.add(name, file);
      for (String suffix : List.of("_data", ".data")) {
        Path weights = file.resolveSibling(name + suffix);
        if (Files.isRegularFile(weights)) {
          digests.add(name + suffix, weights);
        }
      }
    } catch (IOException e) {
      problems.add("%s cannot be read: %s".formatted(name, e));
    }
  }

  private String prefix() {
    return "model folder " + folder + ": ";
  }
}
