package dev.sarscribe.captioner.onnx;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.VisionEncoderDecoder;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Ends;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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

  private static final int CHANNELS = 3;

  private final VisionEncoderDecoder model;
  private final EngineOptions options;
  private final Graph encoder;
  private final ImageToTextSteps.Graphs decoderGraphs;
  private final GreedyDecoder decoder;
  private final HuggingFaceTokenizer tokenizer;

  private ImageToText(
      VisionEncoderDecoder model,
      EngineOptions options,
      Graph encoder,
      ImageToTextSteps.Graphs decoderGraphs,
      HuggingFaceTokenizer tokenizer) {
    this.model = model;
    this.options = options;
    this.encoder = encoder;
    this.decoderGraphs = decoderGraphs;
    // Texts that have ended are filled up with their end, whose successors nobody reads.
    long filler = Collections.min(model.tokens().ends());
    this.decoder = new GreedyDecoder(new Ends(filler, model.tokens().ends()));
    this.tokenizer = tokenizer;
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
    HuggingFaceTokenizer tokenizer = Vocabulary.tokenizer(model.tokenizer());
    opened.add(tokenizer);
    Graph encoder =
        Graph.open(model.encoder(), loader, Set.of("pixel_values"), Set.of("last_hidden_state"));
    opened.add(encoder);
    ImageToTextSteps.Graphs decoder = ImageToTextSteps.open(model, loader, opened);
    LOG.info("model {} writes captions only: questions get no answers", model.name());
    return new ImageToText(model, options, encoder, decoder, tokenizer);
  }

  @Override
  public int tileSize() {
    return Math.max(model.image().width(), model.image().height());
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
    List<long[]> starts = Collections.nCopies(tiles.size(), new long[] {model.tokens().start()});
    try (NDManager manager = encoder.manager().newSubManager()) {
      NDArray states = encode(manager, tiles);
      try (ImageToTextSteps steps =
          new ImageToTextSteps(decoderGraphs, manager, states, tiles.size())) {
        return decoder.decode(manager, steps, starts, model.tokens().max()).stream()
            .map(this::outcome)
            .toList();
      }
    }
  }

  private NDArray encode(NDManager manager, List<TileImage> tiles) throws TranslateException {
    int width = model.image().width();
    int height = model.image().height();
    int values = Math.multiplyExact(tiles.size(), CHANNELS * width * height);
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    tiles.forEach(tile -> write(tile, pixels));
    Shape shape = new Shape(tiles.size(), CHANNELS, height, width);
    try (NDArray image = manager.create(pixels.flip(), shape, DataType.FLOAT32)) {
      image.setName("pixel_values");
      return encoder.run(new NDList(image)).get("last_hidden_state");
    }
  }

  /** Appends a tile's three channels, row by row. */
  private void write(TileImage tile, FloatBuffer target) {
    VisionEncoderDecoder.ImageInput input = model.image();
    byte[] resized =
        Resampler.resize(
            tile.pixels(),
            tile.width(),
            tile.height(),
            input.width(),
            input.height(),
            input.filter());
    for (int channel = 0; channel < CHANNELS; channel++) {
      double mean = input.mean().get(channel);
      double deviation = input.deviation().get(channel);
      for (byte pixel : resized) {
        target.put((float) (((pixel & 0xff) * input.scale() - mean) / deviation));
      }
    }
  }

  private Outcome outcome(Generated generated) {
    if (Double.isNaN(generated.logProbability())) {
      return Failures.ofProbabilities();
    }
    long[] ids = generated.tokens().stream().mapToLong(Long::longValue).toArray();
    String words = ids.length == 0 ? "" : tokenizer.decode(ids, true).strip();
    Optional<Text> caption = Optional.of(new Text(words, generated.meanProbability()));
    return new Outcome.Described(caption, caption, List.of(), List.of());
  }

  @Override
  public Usage usage() {
    return decoder.usage();
  }

  @Override
  public void close() {
    decoderGraphs.close();
    encoder.close();
    tokenizer.close();
  }
}
