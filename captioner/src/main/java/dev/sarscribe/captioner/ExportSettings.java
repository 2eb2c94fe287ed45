package dev.sarscribe.captioner;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.sarscribe.captioner.ImageInput.Filter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the settings of exported models, adding what is wrong to a list of problems. */
final class ExportSettings {
  static final String CONFIG = "config.json";
  static final String PREPROCESSOR = "preprocessor_config.json";
  static final String PROCESSOR = "processor_config.json";
  static final String GENERATION = "generation_config.json";

  /** A batch of such images is half a gigabyte. */
  private static final int MAX_SIZE = 2048;

  private static final int MAX_IMAGE_TOKENS = 4096;

  /** Of a caption's length in tokens where the export sets none, and the limit. */
  private static final int USUAL_TOKENS = 64;

  /** The same for models that write a paragraph when asked to. */
  private static final int USUAL_PROMPTED_TOKENS = 128;

  private static final int MAX_TOKENS = 256;

  /** Pillow's numbers. */
  private static final Map<Integer, Filter> FILTERS =
      Map.of(1, Filter.LANCZOS, 2, Filter.BILINEAR, 3, Filter.BICUBIC);

  private static final int BILINEAR = 2;

  private final List<String> problems;
  private final JsonNode config;
  private final JsonNode generation;
  private final JsonNode processor;
  private final JsonNode preprocessor;

  /** Generation settings come first, then those of the model, then those of its decoder. */
  private final List<JsonNode> places;

  ExportSettings(ExportFiles files, List<String> problems) {
    this.problems = problems;
    config = files.json(CONFIG);
    generation = files.optionalJson(GENERATION);
    processor = files.optionalJson(PROCESSOR);
    JsonNode within = processor.path("image_processor");
    boolean ofItsOwn = within.isMissingNode() || files.has(PREPROCESSOR);
    preprocessor = ofItsOwn ? files.json(PREPROCESSOR) : within;
    places = List.of(generation, config, config.path("decoder"), config.path("text_config"));
  }

  /** The family, or nothing if there are no settings. */
  String modelType() {
    return config.path("model_type").asText();
  }

  /** An image that fills a fixed size. */
  ImageInput image() {
    JsonNode size = preprocessor.path("size");
    int width = edge(size.isInt() ? size : size.path("width"));
    int height = edge(size.isInt() ? size : size.path("height"));
    return image(width, height);
  }

  /** An image that fills the square that larger ones would be split into. */
  ImageInput square() {
    JsonNode largest = preprocessor.path("max_image_size");
    int edge =
        edge((largest.isMissingNode() ? preprocessor.path("size") : largest).path("longest_edge"));
    return image(edge, edge);
  }

  private ImageInput image(int width, int height) {
    if (!preprocessor.path("do_resize").asBoolean(true)
        || preprocessor.path("do_center_crop").asBoolean(false)) {
      problems.add(PREPROCESSOR + " does not resize to a fixed size, or crops");
    }
    boolean normalise = preprocessor.path("do_normalize").asBoolean(true);
    boolean rescale = preprocessor.path("do_rescale").asBoolean(true);
    return new ImageInput(
        width,
        height,
        filter(preprocessor.path("resample").asInt(BILINEAR)),
        rescale ? preprocessor.path("rescale_factor").asDouble(1 / 255.0) : 1,
        normalise ? channels("image_mean") : List.of(0.0, 0.0, 0.0),
        normalise ? channels("image_std") : List.of(1.0, 1.0, 1.0));
  }

  private int edge(JsonNode value) {
    if (!value.isInt() || value.asInt() < 1 || value.asInt() > MAX_SIZE) {
      String problem = PREPROCESSOR + ": size is not a height and a width of 1 to " + MAX_SIZE;
      if (!problems.contains(problem)) {
        problems.add(problem);
      }
      return 1;
    }
    return value.asInt();
  }

  private Filter filter(int resample) {
    Filter filter = FILTERS.get(resample);
    if (filter == null) {
      problems.add(
          "%s: resample is %d; 1 (Lanczos), 2 (bilinear) and 3 (bicubic) are known"
              .formatted(PREPROCESSOR, resample));
      return Filter.BILINEAR;
    }
    return filter;
  }

  private List<Double> channels(String field) {
    List<Double> values = new ArrayList<>();
    preprocessor.path(field).forEach(value -> values.add(value.asDouble()));
    boolean positive = values.stream().allMatch(value -> value > 0);
    if (values.size() != 3 || (field.equals("image_std") && !positive)) {
      problems.add("%s: %s is not three usable numbers".formatted(PREPROCESSOR, field));
    }
    return values;
  }

  /**
   * The tokens that a text is given to start with: the decoder's start, and the token that is
   * always its first, where there is one.
   */
  List<Long> start() {
    JsonNode start = first("decoder_start_token_id");
    if (start.isMissingNode()) {
      start = first("bos_token_id");
    }
    if (!isToken(start)) {
      problems.add("no decoder_start_token_id in " + GENERATION + " or " + CONFIG);
    }
    JsonNode forced = first("forced_bos_token_id");
    return Stream.of(start, forced).filter(ExportSettings::isToken).map(JsonNode::asLong).toList();
  }

  /** Where the captions end of a model that takes no prompt. */
  TextTokens captionTokens(int started) {
    // The length counts what the text was started with, of the new tokens only what was forced.
    int limit = first("max_length").asInt(USUAL_TOKENS) - started;
    JsonNode fresh = generation.path("max_new_tokens");
    return tokens(fresh.isInt() ? fresh.asInt() - (started - 1) : limit);
  }

  /**
   * Where the texts end of a model that takes prompts. Its length is what generation settings say;
   * the {@code max_length} of a model's own settings is a default of the library, 20, which no user
   * of such a model keeps.
   *
   * @param forced tokens that start every text and count as new
   */
  TextTokens promptedTokens(int forced) {
    return tokens(generation.path("max_new_tokens").asInt(USUAL_PROMPTED_TOKENS) - forced);
  }

  private TextTokens tokens(int max) {
    Set<Long> ends = new HashSet<>();
    JsonNode eos = first("eos_token_id");
    (eos.isArray() ? eos : List.of(eos)).forEach(id -> addToken(ends, id));
    if (ends.isEmpty()) {
      problems.add("no eos_token_id in " + GENERATION + " or " + CONFIG);
      ends.add(0L);
    }
    JsonNode pad = first("pad_token_id");
    return new TextTokens(
        isToken(pad) ? pad.asLong() : ends.stream().min(Long::compare).orElseThrow(),
        ends,
        Math.max(0, first("no_repeat_ngram_size").asInt(0)),
        Math.max(1, Math.min(MAX_TOKENS, max)));
  }

  private static void addToken(Set<Long> ids, JsonNode id) {
    if (isToken(id)) {
      ids.add(id.asLong());
    }
  }

  private static boolean isToken(JsonNode id) {
    return id.isIntegralNumber() && id.canConvertToInt() && id.asInt() >= 0;
  }

  private JsonNode first(String field) {
    return places.stream()
        .map(place -> place.path(field))
        .filter(value -> !value.isMissingNode() && !value.isNull())
        .findFirst()
        .orElse(MissingNode.getInstance());
  }

  /** The prompt of a task, which the folder may give or leave to the library that knows it. */
  String taskPrompt(String task, String usual) {
    return Stream.of("task_prompts_without_inputs", "task_prompts_with_input")
        .flatMap(tasks -> Stream.of(preprocessor, processor).map(file -> file.path(tasks)))
        .map(prompts -> prompts.path(task))
        .filter(JsonNode::isTextual)
        .findFirst()
        .map(JsonNode::asText)
        .orElse(usual);
  }

  /** How many positions the text model has. */
  int maxPositions(int usual) {
    return config.path("text_config").path("max_position_embeddings").asInt(usual);
  }

  /** The number of tokens that an image becomes in the prompt. */
  int imageTokens() {
    int count = processor.path("image_seq_len").asInt(0);
    if (count < 1 || count > MAX_IMAGE_TOKENS) {
      problems.add("%s: image_seq_len is not 1 to %d".formatted(PROCESSOR, MAX_IMAGE_TOKENS));
      return 1;
    }
    return count;
  }

  /** The id of the token that stands for an image. */
  long imageToken() {
    JsonNode id = config.path("image_token_id");
    if (!isToken(id)) {
      problems.add("no image_token_id in " + CONFIG);
    }
    return id.asLong();
  }
}
