package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads a folder with an exported model of the Hugging Face Hub, collecting every problem instead
 * of stopping at the first. Which family it is of is known by its settings and its files.
 */
final class ExportReader {
  private static final String TOKENIZER = "tokenizer.json";
  private static final String ENCODER = "encoder_model.onnx";
  private static final String DECODER = "decoder_model.onnx";
  private static final String DECODER_WITH_PAST = "decoder_with_past_model.onnx";

  /** Both steps in one graph. */
  private static final String DECODER_MERGED = "decoder_model_merged.onnx";

  /** Only where prompts of text and image enter one graph as embeddings. */
  private static final String EMBEDDING = "embed_tokens.onnx";

  private static final String VISION_ENCODER = "vision_encoder.onnx";

  private static final Set<String> FLORENCE = Set.of("florence2");
  private static final Set<String> SMOLVLM = Set.of("idefics3", "smolvlm");

  /** What a chat of these models has: the end of a turn, and the turn that is generated. */
  private static final List<String> CHAT = List.of("<end_of_utterance>", "Assistant:");

  private static final String USUAL_OPENING = "<|im_start|>";

  private final Path folder;
  private final List<String> problems = new ArrayList<>();
  private final ExportFiles files;

  ExportReader(Path folder) {
    this.folder = folder;
    this.files = new ExportFiles(folder, problems);
  }

  /** Whether there are graphs by the names that such exports give them. */
  boolean isExport() {
    return Stream.of(ENCODER, DECODER, DECODER_MERGED, EMBEDDING, VISION_ENCODER)
        .anyMatch(files::has);
  }

  LocalModel read() throws CaptionerException {
    ExportSettings settings = new ExportSettings(files, problems);
    String type = settings.modelType();
    boolean embeds = files.has(EMBEDDING);
    ExportedModel model;
    if (FLORENCE.contains(type) || (embeds && files.has(ENCODER))) {
      requireType(type, FLORENCE);
      model = florence(settings);
    } else if (SMOLVLM.contains(type) || embeds) {
      requireType(type, SMOLVLM);
      model = smolVlm(settings);
    } else {
      requireType(type, Set.of("vision-encoder-decoder"));
      model = visionEncoderDecoder(settings);
    }
    if (!problems.isEmpty()) {
      throw new CaptionerException("model folder " + folder + ": " + String.join("; ", problems));
    }
    return model;
  }

  private void requireType(String type, Set<String> known) {
    if (!type.isEmpty() && !known.contains(type)) {
      problems.add(
          "%s has the model_type %s; models with these graphs are run if they are %s"
              .formatted(
                  ExportSettings.CONFIG,
                  type,
                  String.join(" or ", known.stream().sorted().toList())));
    }
  }

  private VisionEncoderDecoder visionEncoderDecoder(ExportSettings settings) {
    Path encoder = files.required(ENCODER);
    DecoderGraphs decoder = decoder();
    List<Long> start = settings.start();
    ImageInput image = settings.image();
    TextTokens tokens = settings.captionTokens(Math.max(1, start.size()));
    return new VisionEncoderDecoder(folder(image, tokens), encoder, decoder, start);
  }

  private Florence2 florence(ExportSettings settings) {
    Path visionEncoder = files.required(VISION_ENCODER);
    Path embedding = files.required(EMBEDDING);
    Path encoder = files.required(ENCODER);
    DecoderGraphs decoder = decoder();
    List<Long> start = settings.start();
    Florence2.Prompts prompts =
        new Florence2.Prompts(
            settings.taskPrompt("<CAPTION>", "What does the image describe?"),
            settings.taskPrompt(
                "<MORE_DETAILED_CAPTION>", "Describe with a paragraph what is shown in the image."),
            settings.taskPrompt("<VQA>", Florence2.Prompts.INPUT));
    if (!prompts.question().contains(Florence2.Prompts.INPUT)) {
      problems.add("the prompt of the task <VQA> has no place " + Florence2.Prompts.INPUT);
    }
    return new Florence2(
        folder(settings.image(), settings.promptedTokens(Math.max(0, start.size() - 1))),
        visionEncoder,
        embedding,
        encoder,
        decoder,
        start,
        settings.maxPositions(1024),
        prompts);
  }

  private SmolVlm smolVlm(ExportSettings settings) {
    Path visionEncoder = files.required(VISION_ENCODER);
    Path embedding = files.required(EMBEDDING);
    Path decoder = files.required(DECODER_MERGED);
    String opening = opening();
    return new SmolVlm(
        folder(settings.square(), settings.promptedTokens(0)),
        visionEncoder,
        embedding,
        decoder,
        settings.imageTokens(),
        settings.imageToken(),
        opening,
        settings.maxPositions(2048));
  }

  /** The graphs that Optimum gives decoders of text beside an encoder. */
  private DecoderGraphs decoder() {
    Optional<Path> merged = files.optional(DECODER_MERGED);
    if (merged.isPresent()) {
      return new DecoderGraphs(merged.orElseThrow(), Optional.empty());
    }
    return new DecoderGraphs(files.required(DECODER), files.optional(DECODER_WITH_PAST));
  }

  /**
   * What stands before the turns of the chat template. A template that is another than that of
   * these models is a problem; where there is none theirs is used.
   */
  private String opening() {
    String template =
        Stream.of("chat_template.json", "tokenizer_config.json")
            .map(name -> files.optionalJson(name).path("chat_template").asText())
            .filter(text -> !text.isEmpty())
            .findFirst()
            .orElseGet(() -> files.optionalText("chat_template.jinja"));
    if (template.isEmpty()) {
      return USUAL_OPENING;
    }
    if (!CHAT.stream().allMatch(template::contains)) {
      problems.add("its chat template is not that of SmolVLM, with " + String.join(" and ", CHAT));
    }
    String opening = template.substring(0, Math.max(0, template.indexOf('{'))).strip();
    if (opening.isEmpty()) {
      problems.add("its chat template does not start with a token");
    }
    return opening;
  }

  private ExportFolder folder(ImageInput image, TextTokens tokens) {
    Path tokenizer = files.required(TOKENIZER);
    // The root folder has no name.
    String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    return new ExportFolder(folder, name, files.digest(), tokenizer, image, tokens);
  }
}
