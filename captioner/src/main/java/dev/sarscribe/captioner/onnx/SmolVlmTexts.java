package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.DecoderGraphs;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.ImageInput;
import dev.sarscribe.captioner.SmolVlm;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * SmolVLM and Idefics3: what stands before the text of a prompt, the image among it, is the same
 * for all prompts of a tile. Its keys and values are computed once and copied for each prompt.
 *
 * <p>Shapes: B tiles, S sequences of B tiles and their prompts, P tokens that the prompts of a tile
 * share, N of them of the image, D values each.
 */
final class SmolVlmTexts implements Prompted {
  /** Each of which has 10 MB of keys and values. */
  private static final int MAX_SEQUENCES = 16;

  /**
   * Attention as ONNX Runtime's own operator, which some exports have in place of standard ones. It
   * counts the mask, so that no column before a text can be hidden from it, and takes a cache with
   * more than one new token of one sequence only.
   */
  private static final String GROUPED_ATTENTION = "GroupQueryAttention";

  private static final String PIXEL_MASK = "pixel_attention_mask";
  private static final String FEATURES = "image_features";
  private static final String IMAGE = "<image>";
  private static final String BESIDE_IMAGE = "<fake_token_around_image>";
  private static final String WHOLE_IMAGE = "<global-img>";
  private static final String TURN_END = "<end_of_utterance>";

  /** The words of our own models' captions. */
  private static final List<String> CAPTIONS =
      List.of(
          "Describe the content of this image in one sentence.", "Describe this image in detail.");

  private final SmolVlm model;
  private final ExportedVocabulary vocabulary;
  private final Graph visionEncoder;
  private final Embedding embedding;
  private final ExportedDecoder decoder;
  private final GreedyDecoder greedy;

  /** {@code [P]}, and their embeddings {@code [P,D]}. */
  private final long[] shared;

  private final float[] sharedEmbeddings;
  private final int maxSequences;
  private long sharedPositions;

  private SmolVlmTexts(
      SmolVlm model,
      ExportedVocabulary vocabulary,
      Graph visionEncoder,
      Embedding embedding,
      ExportedDecoder decoder,
      long[] shared,
      int maxSequences)
      throws TranslateException {
    this.model = model;
    this.vocabulary = vocabulary;
    this.visionEncoder = visionEncoder;
    this.embedding = embedding;
    this.decoder = decoder;
    this.shared = shared;
    this.maxSequences = maxSequences;
    this.sharedEmbeddings = embedding.of(embedding.graph().manager(), shared);
    TextTokens tokens = model.folder().tokens();
    this.greedy = new GreedyDecoder(new Ends(tokens.pad(), tokens.ends()));
  }

  /**
   * Loads the model.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static SmolVlmTexts open(
      SmolVlm model, ExportedVocabulary vocabulary, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    long[] shared = shared(model, vocabulary);
    Graph vision =
        Graph.open(
            model.visionEncoder(), loader, Set.of(PixelValues.NAME, PIXEL_MASK), Set.of(FEATURES));
    opened.add(vision);
    Embedding embedding = Embedding.open(model.embedding(), loader, opened);
    ExportedDecoder decoder =
        ExportedDecoder.open(
            new DecoderGraphs(model.decoder(), Optional.empty()),
            ExportedDecoder.EMBEDDINGS,
            Set.of(ExportedDecoder.MASK, ExportedDecoder.POSITIONS),
            loader,
            opened);
    if (!decoder.hasCache()) {
      throw new CaptionerException(model.decoder() + " has no inputs past_key_values");
    }
    int maxSequences = OnnxLoader.mentions(model.decoder(), GROUPED_ATTENTION) ? 1 : MAX_SEQUENCES;
    try {
      return new SmolVlmTexts(model, vocabulary, vision, embedding, decoder, shared, maxSequences);
    } catch (TranslateException e) {
      throw new CaptionerException(model.embedding() + " does not run: " + e.getMessage(), e);
    }
  }

  /** What stands before the text of each prompt, with the tokens that this relies on checked. */
  private static long[] shared(SmolVlm model, ExportedVocabulary vocabulary)
      throws CaptionerException {
    List<String> missing = new ArrayList<>();
    for (String token : List.of(BESIDE_IMAGE, WHOLE_IMAGE, TURN_END)) {
      if (vocabulary.encode(token, false, model.maxPositions()).length != 1) {
        missing.add(token);
      }
    }
    long[] image = vocabulary.encode(IMAGE, false, model.maxPositions());
    if (image.length != 1 || image[0] != model.imageToken()) {
      missing.add("%s of the number %d".formatted(IMAGE, model.imageToken()));
    }
    if (!missing.isEmpty()) {
      throw new CaptionerException(
          "%s has no token %s".formatted(model.folder().tokenizer(), String.join(", ", missing)));
    }
    String text =
        "%sUser:%s%s%s%s"
            .formatted(
                model.opening(),
                BESIDE_IMAGE,
                WHOLE_IMAGE,
                IMAGE.repeat(model.imageTokens()),
                BESIDE_IMAGE);
    return vocabulary.encode(text, false, model.maxPositions() - model.folder().tokens().max());
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
    return CAPTIONS;
  }

  @Override
  public int maxSequences() {
    return maxSequences;
  }

  @Override
  public String question(String text) {
    return text;
  }

  @Override
  public void requireRoomFor(String prompt) throws CaptionerException {
    encode(prompt);
  }

  @Override
  public int length(String prompt) throws CaptionerException {
    return encode(prompt).length;
  }

  @Override
  public Turns.Turn see(NDManager manager, List<TileImage> tiles) throws TranslateException {
    KeyValueCache seen = decoder.emptyCache(manager, tiles.size());
    try (NDManager step = manager.newSubManager()) {
      long[] mask = new long[tiles.size() * shared.length];
      Arrays.fill(mask, 1);
      long[] positions =
          LongStream.range(0, mask.length).map(column -> column % shared.length).toArray();
      Shape shape = new Shape(tiles.size(), shared.length);
      NDList given =
          new NDList(
              embeddings(step, tiles),
              named(step.create(mask, shape), ExportedDecoder.MASK),
              named(step.create(positions, shape), ExportedDecoder.POSITIONS));
      decoder.run(step, given, seen, true);
    }
    sharedPositions += (long) tiles.size() * shared.length;
    return prompts -> generate(manager, seen, tiles.size(), prompts);
  }

  /** What the prompts share, {@code [B,P,D]}: features stand where the image's tokens are. */
  private NDArray embeddings(NDManager step, List<TileImage> tiles) throws TranslateException {
    int values = sharedEmbeddings.length / shared.length;
    FloatBuffer features = features(step, tiles);
    long expected = (long) tiles.size() * model.imageTokens() * values;
    if (features.remaining() != expected) {
      throw new TranslateException(
          "%s gives %d values for %d images, not %d for each of %d tokens"
              .formatted(
                  FEATURES, features.remaining(), tiles.size(), values, model.imageTokens()));
    }
    FloatBuffer all =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(
                    Math.multiplyExact(tiles.size(), sharedEmbeddings.length), Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    float[] feature = new float[values];
    for (int tile = 0; tile < tiles.size(); tile++) {
      for (int i = 0; i < shared.length; i++) {
        if (shared[i] == model.imageToken()) {
          features.get(feature);
          all.put(feature);
        } else {
          all.put(sharedEmbeddings, i * values, values);
        }
      }
    }
    Shape shape = new Shape(tiles.size(), shared.length, values);
    return named(step.create(all.flip(), shape, DataType.FLOAT32), ExportedDecoder.EMBEDDINGS);
  }

  private FloatBuffer features(NDManager step, List<TileImage> tiles) throws TranslateException {
    ImageInput input = model.folder().image();
    int width = input.width();
    int height = input.height();
    NDArray image =
        PixelValues.of(
            step, input, tiles, new Shape(tiles.size(), 1, PixelValues.CHANNELS, height, width));
    // A tile fills its square: all of it is image.
    ByteBuffer all = ByteBuffer.allocateDirect(tiles.size() * height * width);
    while (all.hasRemaining()) {
      all.put((byte) 1);
    }
    NDArray mask =
        step.create(all.flip(), new Shape(tiles.size(), 1, height, width), DataType.BOOLEAN);
    NDList outputs = visionEncoder.run(new NDList(image, named(mask, PIXEL_MASK)));
    return outputs.get(FEATURES).toByteBuffer().asFloatBuffer();
  }

  private static NDArray named(NDArray array, String name) {
    array.setName(name);
    return array;
  }

  private long[] encode(String prompt) throws CaptionerException {
    int room = model.maxPositions() - shared.length - model.folder().tokens().max();
    return vocabulary.encode(prompt + TURN_END + "\nAssistant:", false, room);
  }

  private List<Generated> generate(
      NDManager manager, KeyValueCache seen, int tiles, List<String> prompts)
      throws CaptionerException, TranslateException {
    TextTokens tokens = model.folder().tokens();
    List<long[]> turns = new ArrayList<>(prompts.size());
    for (String prompt : prompts) {
      turns.add(encode(prompt));
    }
    List<long[]> sequences = new ArrayList<>(tiles * prompts.size());
    for (int tile = 0; tile < tiles; tile++) {
      sequences.addAll(turns);
    }
    try (NDManager turn = manager.newSubManager();
        ExportedSteps steps =
            new ExportedSteps(
                decoder,
                Optional.of(embedding),
                seen.repeated(turn, prompts.size()),
                shared.length,
                new NDList(),
                tokens.noRepeat())) {
      return greedy.decode(turn, steps, sequences, tokens.max());
    }
  }

  @Override
  public Usage usage() {
    return greedy.usage().plus(new Usage(0, sharedPositions, 0));
  }

  @Override
  public void close() {
    decoder.close();
    embedding.close();
    visionEncoder.close();
  }
}
