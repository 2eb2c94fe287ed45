package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ImageInput;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.TextTokens;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.VisionEncoderDecoder;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Ends;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Image captioners without prompts, as Hugging Face Optimum exports them. The one caption that they
 * write is both the concise and the detailed one; questions get no answers, and a prompt set that
 * only asks questions fails its tiles.
 */
final class ImageToText implements Family {
  private static final Logger LOG = LoggerFactory.getLogger(ImageToText.class);

  /** Such encoders have some hundred million weights: larger batches save nothing on a CPU. */
  private static final int MAX_TILES = 8;

  private final VisionEncoderDecoder model;
  private final EngineOptions options;
  private final Graph encoder;
  private final ExportedDecoder decoder;
  private final GreedyDecoder greedy;
  private final ExportedVocabulary vocabulary;

  private ImageToText(
      VisionEncoderDecoder model,
      EngineOptions options,
      Graph encoder,
      ExportedDecoder decoder,
      ExportedVocabulary vocabulary) {
    this.model = model;
    this.options = options;
    this.encoder = encoder;
    this.decoder = decoder;
    TextTokens tokens = model.folder().tokens();
    this.greedy = new GreedyDecoder(new Ends(tokens.pad(), tokens.ends()));
    this.vocabulary = vocabulary;
  }

  /**
   * Loads the model.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static ImageToText open(
      VisionEncoderDecoder model,
      EngineOptions options,
      GraphLoader loader,
      List<AutoCloseable> opened)
      throws CaptionerException {
    ExportedVocabulary vocabulary = ExportedVocabulary.open(model.folder().tokenizer(), opened);
    Graph encoder =
        Graph.open(model.encoder(), loader, Set.of(PixelValues.NAME), Set.of("last_hidden_state"));
    opened.add(encoder);
    ExportedDecoder decoder =
        ExportedDecoder.open(
            model.decoder(),
            ExportedDecoder.TOKENS,
            Set.of(ExportedDecoder.STATES),
            loader,
            opened);
    LOG.info("model {} writes captions only: questions get no answers", model.name());
    return new ImageToText(model, options, encoder, decoder, vocabulary);
  }

  @Override
  public int tileSize() {
    return Math.max(model.folder().image().width(), model.folder().image().height());
  }

  @Override
  public int tilesAtOnce(PromptSet prompts) {
    return Math.min(MAX_TILES, options.maxSequences());
  }

  @Override
  public List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws TranslateException {
    if (!prompts.captions()) {
      String reason = "model %s writes captions and answers no questions".formatted(model.name());
      return Collections.nCopies(tiles.size(), new Outcome.Failed(reason));
    }
    long[] start = model.start().stream().mapToLong(Long::longValue).toArray();
    TextTokens tokens = model.folder().tokens();
    try (NDManager manager = encoder.manager().newSubManager();
        ExportedSteps steps =
            new ExportedSteps(
                decoder,
                Optional.empty(),
                decoder.emptyCache(manager, tiles.size()),
                0,
                new NDList(encode(manager, tiles)),
                tokens.noRepeat())) {
      return greedy
          .decode(manager, steps, Collections.nCopies(tiles.size(), start), tokens.max())
          .stream()
          .map(this::outcome)
          .toList();
    }
  }

  private NDArray encode(NDManager manager, List<TileImage> tiles) throws TranslateException {
    ImageInput input = model.folder().image();
    Shape shape = new Shape(tiles.size(), PixelValues.CHANNELS, input.height(), input.width());
    try (NDArray image = PixelValues.of(manager, input, tiles, shape)) {
      NDArray states = encoder.run(new NDList(image)).get("last_hidden_state");
      states.setName(ExportedDecoder.STATES);
      return states;
    }
  }

  private Outcome outcome(Generated generated) {
    if (Double.isNaN(generated.logProbability())) {
      return Failures.ofProbabilities();
    }
    Optional<Text> caption = Optional.of(vocabulary.caption(generated));
    return new Outcome.Described(caption, caption, List.of(), List.of());
  }

  @Override
  public Usage usage() {
    return greedy.usage();
  }

  @Override
  public void close() {
    decoder.close();
    encoder.close();
    vocabulary.close();
  }
}
