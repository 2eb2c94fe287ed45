package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Captions with ONNX Runtime on the CPU. The encoder sees each tile once; all prompts of a tile
 * share its cross-attention keys and values. Answers are decoded together, and captions together,
 * so that short texts do not wait for long ones. A prompt set costs nothing but its tokens: any
 * call may bring another one.
 *
 * <p>Not thread-safe: one instance per worker.
 */
public final class OnnxRuntimeCaptioner implements Captioner {
  /** Encoder batches beyond this save no time on a CPU, and each tile takes about 10 MB there. */
  private static final int MAX_TILES = 16;

  private static final Set<String> ENCODER_INPUTS = Set.of("image");
  private static final Set<String> ENCODER_OUTPUTS =
      Set.of("cross_keys", "cross_values", "objects");

  private final ModelFolder model;
  private final ModelInfo info;
  private final EngineOptions options;
  private final Graph encoder;
  private final Graph decoderGraph;
  private final GreedyDecoder decoder;
  private final Vocabulary vocabulary;
  private final Outcomes outcomes;
  private FloatBuffer images = FloatBuffer.allocate(0);
  private boolean closed;

  private OnnxRuntimeCaptioner(
      ModelFolder model,
      EngineOptions options,
      Graph encoder,
      Graph decoderGraph,
      Vocabulary vocabulary) {
    this.model = model;
    this.options = options;
    this.encoder = encoder;
    this.decoderGraph = decoderGraph;
    this.decoder = new GreedyDecoder(decoderGraph, model);
    this.vocabulary = vocabulary;
    this.outcomes = new Outcomes(model, vocabulary);
    this.info =
        new ModelInfo(
            model.name(), model.version(), model.digest(), "onnxruntime", "cpu", model.precision());
  }

  /**
   * Loads the model and describes one synthetic tile with it.
   *
   * @throws CaptionerException if the native libraries do not load here, or if the model does not
   *     load or run
   */
  public static OnnxRuntimeCaptioner open(ModelFolder model, EngineOptions options)
      throws CaptionerException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Vocabulary vocabulary = Vocabulary.open(model);
      opened.add(vocabulary);
      Graph encoder =
          Graph.open(model.encoder(), options.threads(), ENCODER_INPUTS, ENCODER_OUTPUTS);
      opened.add(encoder);
      Graph decoder =
          Graph.open(
              model.decoder(), options.threads(), GreedyDecoder.INPUTS, GreedyDecoder.OUTPUTS);
      opened.add(decoder);
      OnnxRuntimeCaptioner captioner =
          new OnnxRuntimeCaptioner(model, options, encoder, decoder, vocabulary);
      captioner.warmUp();
      return captioner;
    } catch (CaptionerException e) {
      closeAll(opened, e);
      throw e;
    } catch (RuntimeException e) {
      closeAll(opened, e);
      throw new CaptionerException("model %s does not run: %s".formatted(model.path(), e), e);
    }
  }

  /** The versions behind this engine; loads its native libraries. */
  public static String versions() throws CaptionerException {
    return DjlRuntime.versions();
  }

  private static void closeAll(List<AutoCloseable> opened, Exception reason) {
    for (AutoCloseable resource : opened) {
      try {
        resource.close();
      } catch (Exception e) {
        reason.addSuppressed(e);
      }
    }
  }

  private void warmUp() throws CaptionerException {
    int size = model.input().size();
    byte[] pixels = new byte[size * size];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % size ^ i / size);
    }
    Question question = new Question("probe", Application.OTHERS, "Is there water in the image?");
    PromptSet prompts = new PromptSet("probe", "1", true, List.of(question));
    Outcome outcome = caption(List.of(new TileImage("probe", size, size, pixels)), prompts).get(0);
    if (outcome instanceof Outcome.Failed failed) {
      throw new CaptionerException(
          "model %s cannot describe a synthetic tile: %s".formatted(model.path(), failed.reason()));
    }
  }

  @Override
  public ModelInfo model() {
    return info;
  }

  @Override
  public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException {
    if (closed) {
      throw new IllegalStateException("the captioner is closed");
    }
    int widest = Math.max(prompts.questions().size(), prompts.captions() ? 2 : 1);
    int tilesAtOnce = Math.max(1, Math.min(MAX_TILES, options.maxSequences() / widest));
    List<Outcome> described = new ArrayList<>(tiles.size());
    for (int from = 0; from < tiles.size(); from += tilesAtOnce) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + tilesAtOnce));
      try {
        described.addAll(describe(part, prompts));
      } catch (TranslateException | EngineException e) {
        throw new CaptionerException(
            "engine onnxruntime failed for %d tiles from %s on: %s"
                .formatted(part.size(), part.get(0).id(), rootMessage(e)),
            e);
      }
    }
    return described;
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }

  private List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws CaptionerException, TranslateException {
    List<Letterbox> boxes = tiles.stream().map(tile -> Letterbox.of(model.input(), tile)).toList();
    try (NDManager manager = encoder.manager().newSubManager()) {
      NDList encoded = encode(manager, tiles, boxes);
      NDList memory = new NDList(encoded.get("cross_keys"), encoded.get("cross_values"));
      float[] objects = Outcomes.objects(encoded.get("objects"), tiles.size());
      List<List<Generated>> captions =
          prompts.captions()
              ? generate(manager, memory, boxes, captionTexts(), model.maxCaptionTokens())
              : List.of();
      List<String> questions = prompts.questions().stream().map(Question::text).toList();
      List<List<Generated>> answers =
          generate(manager, memory, boxes, questions, model.maxAnswerTokens());
      return IntStream.range(0, tiles.size())
          .mapToObj(
              i ->
                  outcomes.of(
                      prompts.captions() ? captions.get(i) : List.of(),
                      answers.get(i),
                      prompts.questions(),
                      objects,
                      i,
                      tiles.size(),
                      boxes.get(i)))
          .toList();
    }
  }

  private List<String> captionTexts() {
    return List.of(model.prompts().concise(), model.prompts().detailed());
  }

  private NDList encode(NDManager manager, List<TileImage> tiles, List<Letterbox> boxes)
      throws TranslateException {
    int size = model.input().size();
    int values = tiles.size() * size * size;
    if (images.capacity() < values) {
      images =
          ByteBuffer.allocateDirect(values * Float.BYTES)
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
    }
    images.clear();
    for (int i = 0; i < tiles.size(); i++) {
      boxes.get(i).write(tiles.get(i).pixels(), images);
    }
    try (NDArray image =
        manager.create(images.flip(), new Shape(tiles.size(), 1, size, size), DataType.FLOAT32)) {
      image.setName("image");
      return encoder.run(new NDList(image));
    }
  }

  /** Texts per tile and prompt; prompts beyond the limit on sequences are decoded in turns. */
  private List<List<Generated>> generate(
      NDManager manager, NDList memory, List<Letterbox> boxes, List<String> texts, int maxTokens)
      throws CaptionerException, TranslateException {
    List<List<Generated>> result = new ArrayList<>();
    boxes.forEach(box -> result.add(new ArrayList<>(texts.size())));
    int promptsAtOnce = Math.max(1, options.maxSequences() / boxes.size());
    for (int from = 0; from < texts.size(); from += promptsAtOnce) {
      List<String> part = texts.subList(from, Math.min(texts.size(), from + promptsAtOnce));
      List<long[]> sequences = new ArrayList<>(boxes.size() * part.size());
      for (Letterbox box : boxes) {
        for (String text : part) {
          sequences.add(vocabulary.prompt(box.rewriteBoxes(text, model.boxBins()), maxTokens));
        }
      }
      List<Generated> generated = decoder.decode(manager, memory, sequences, maxTokens);
      for (int i = 0; i < generated.size(); i++) {
        result.get(i / part.size()).add(generated.get(i));
      }
    }
    return result;
  }

  @Override
  public Usage usage() {
    return decoder.usage();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      decoderGraph.close();
      encoder.close();
      vocabulary.close();
    }
  }
}
