package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.Florence2;
import dev.sarscribe.captioner.ImageInput;
import dev.sarscribe.captioner.TextTokens;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Ends;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Florence-2: the vision encoder sees each tile once; its features go before each prompt into the
 * encoder of both, as the model was trained, so that this one runs for every prompt.
 *
 * <p>Shapes: B tiles, S sequences of B tiles and their prompts, N features of an image, L tokens of
 * the longest prompt, D values each.
 */
final class Florence2Texts implements Prompted {
  /** Each of which has 20 MB of keys and values of its image and prompt. */
  private static final int MAX_SEQUENCES = 16;

  private static final String FEATURES = "image_features";
  private static final String ENCODED = "last_hidden_state";

  private final Florence2 model;
  private final ExportedVocabulary vocabulary;
  private final Graph visionEncoder;
  private final Embedding embedding;
  private final Graph encoder;
  private final ExportedDecoder decoder;
  private final GreedyDecoder greedy;

  /** N, which only the graph knows: known once it has seen a tile, as it does when it is opened. */
  private int imageTokens;

  private Florence2Texts(
      Florence2 model,
      ExportedVocabulary vocabulary,
      Graph visionEncoder,
      Embedding embedding,
      Graph encoder,
      ExportedDecoder decoder) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.visionEncoder = visionEncoder;
    this.embedding = embedding;
    this.encoder = encoder;
    this.decoder = decoder;
    TextTokens tokens = model.folder().tokens();
    this.greedy = new GreedyDecoder(new Ends(tokens.pad(), tokens.ends()));
  }

  /**
   * Loads the model.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static Florence2Texts open(
      Florence2 model,
      ExportedVocabulary vocabulary,
      GraphLoader loader,
      List<AutoCloseable> opened)
      throws CaptionerException {
    Graph vision =
        Graph.open(model.visionEncoder(), loader, Set.of(PixelValues.NAME), Set.of(FEATURES));
    opened.add(vision);
    Embedding embedding = Embedding.open(model.embedding(), loader, opened);
    Graph encoder =
        Graph.open(
            model.encoder(),
            loader,
            Set.of(ExportedDecoder.EMBEDDINGS, ExportedDecoder.MASK),
            Set.of(ENCODED));
    opened.add(encoder);
    ExportedDecoder decoder =
        ExportedDecoder.open(
            model.decoder(),
            ExportedDecoder.EMBEDDINGS,
            Set.of(ExportedDecoder.STATES, ExportedDecoder.STATES_MASK),
            loader,
            opened);
    return new Florence2Texts(model, vocabulary, vision, embedding, encoder, decoder);
  }

  @Override
  public ExportedModel model() {
    return model;
  }

  @Override
  public NDManager manager() {
    return visionEncoder.manager();
  }

  @Override
  public List<String> captions() {
    return List.of(model.prompts().concise(), model.prompts().detailed());
  }

  @Override
  public int maxSequences() {
    return MAX_SEQUENCES;
  }

  @Override
  public String question(String text) {
    return model.prompts().question().replace(Florence2.Prompts.INPUT, text);
  }

  @Override
  public void requireRoomFor(String prompt) throws CaptionerException {
    encode(prompt);
  }

  @Override
  public int length(String prompt) {
    return model.start().size();
  }

  @Override
  public Turns.Turn see(NDManager manager, List<TileImage> tiles) throws TranslateException {
    ImageInput input = model.folder().image();
    Shape shape = new Shape(tiles.size(), PixelValues.CHANNELS, input.height(), input.width());
    try (NDArray image = PixelValues.of(manager, input, tiles, shape)) {
      NDArray features = visionEncoder.run(new NDList(image)).get(FEATURES);
      imageTokens = Math.toIntExact(features.getShape().get(1));
      return prompts -> generate(manager, features, prompts);
    }
  }

  private List<Generated> generate(NDManager manager, NDArray features, List<String> prompts)
      throws CaptionerException, TranslateException {
    List<long[]> ids = new ArrayList<>(prompts.size());
    for (String prompt : prompts) {
      ids.add(encode(prompt));
    }
    TextTokens tokens = model.folder().tokens();
    int sequences = Math.toIntExact(features.getShape().get(0)) * prompts.size();
    long[] start = model.start().stream().mapToLong(Long::longValue).toArray();
    try (NDManager turn = manager.newSubManager();
        ExportedSteps steps =
            new ExportedSteps(
                decoder,
                Optional.of(embedding),
                decoder.emptyCache(turn, sequences),
                0,
                encode(turn, features, ids),
                tokens.noRepeat())) {
      return greedy.decode(turn, steps, Collections.nCopies(sequences, start), tokens.max());
    }
  }

  private long[] encode(String prompt) throws CaptionerException {
    return vocabulary.encode(prompt, true, model.maxPositions() - imageTokens);
  }

  /** The states of images and prompts, and which of them are not padding. */
  private NDList encode(NDManager turn, NDArray features, List<long[]> prompts)
      throws TranslateException {
    int longest = prompts.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    int images = Math.toIntExact(features.getShape().get(0));
    int tokens = Math.toIntExact(features.getShape().get(1));
    int values = Math.toIntExact(features.getShape().get(2));
    long sequences = (long) images * prompts.size();
    long[] mask = new long[Math.toIntExact(sequences * (tokens + longest))];
    FloatBuffer embeddings =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(Math.multiplyExact(mask.length, values), Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    FloatBuffer seen = features.toByteBuffer().asFloatBuffer();
    List<float[]> texts = embed(turn, prompts);
    int row = 0;
    for (int image = 0; image < images; image++) {
      for (float[] text : texts) {
        embeddings.put(seen.slice(image * tokens * values, tokens * values)).put(text);
        // Padding on the right: the encoder's positions are counted from the left.
        embeddings.put(new float[longest * values - text.length]);
        int from = row++ * (tokens + longest);
        Arrays.fill(mask, from, from + tokens + text.length / values, 1);
      }
    }
    Shape shape = new Shape(sequences, tokens + longest);
    NDArray given = turn.create(embeddings.flip(), shape.add(values), DataType.FLOAT32);
    given.setName(ExportedDecoder.EMBEDDINGS);
    NDArray notPadding = turn.create(mask, shape);
    notPadding.setName(ExportedDecoder.MASK);
    NDArray states = encoder.run(new NDList(given, notPadding)).get(ENCODED);
    states.setName(ExportedDecoder.STATES);
    notPadding.setName(ExportedDecoder.STATES_MASK);
    return new NDList(states, notPadding);
  }

  private List<float[]> embed(NDManager turn, List<long[]> prompts) throws TranslateException {
    List<float[]> texts = new ArrayList<>(prompts.size());
    for (long[] ids : prompts) {
      texts.add(embedding.of(turn, ids));
    }
    return texts;
  }

  @Override
  public Usage usage() {
    return greedy.usage();
  }

  @Override
  public void close() {
    decoder.close();
    encoder.close();
    embedding.close();
    visionEncoder.close();
  }
}
