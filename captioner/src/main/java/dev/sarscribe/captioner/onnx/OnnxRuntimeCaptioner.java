package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.Probe;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

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

  static final Set<String> ENCODER_INPUTS = Set.of("image");
  static final Set<String> ENCODER_OUTPUTS = Set.of("cross_keys", "cross_values", "objects");

  private final ModelFolder model;
  private final ModelInfo info;
  private final EngineOptions options;
  private final Graph encoder;
  private final Graph decoderGraph;
  private final GreedyDecoder decoder;
  private final Vocabulary vocabulary;
  private final Outcomes outcomes;
  private final Squares squares;
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
    this.squares = new Squares(model.input());
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
    requireFp32("onnxruntime", options);
    List<AutoCloseable> opened = new ArrayList<>();
    GraphLoader loader = OnnxLoader.cpu(options.threads());
    try {
      Vocabulary vocabulary = Vocabulary.open(model);
      opened.add(vocabulary);
      Graph encoder = Graph.open(model.encoder(), loader, ENCODER_INPUTS, ENCODER_OUTPUTS);
      opened.add(encoder);
      Graph decoder =
          Graph.open(model.decoder(), loader, GreedyDecoder.INPUTS, GreedyDecoder.OUTPUTS);
      opened.add(decoder);
      OnnxRuntimeCaptioner captioner =
          new OnnxRuntimeCaptioner(model, options, encoder, decoder, vocabulary);
      Probe.run(captioner, model.input().size(), "model " + model.path());
      return captioner;
    } catch (CaptionerException e) {
      Failures.closeAll(opened, e);
      throw e;
    } catch (RuntimeException e) {
      Failures.closeAll(opened, e);
      throw new CaptionerException("model %s does not run: %s".formatted(model.path(), e), e);
    }
  }

  /** ONNX Runtime has no switch for it on the CPU and on CUDA: there the graphs decide. */
  static void requireFp32(String engine, EngineOptions options) throws CaptionerException {
    if (options.precision() != Precision.FP32) {
      throw new CaptionerException(
          "engine %s computes in the precision of the model's graphs, not in %s: that can %s and %s"
              .formatted(
                  engine,
                  options.precision().label(),
                  GpuEngine.TENSORRT.engineName(),
                  GpuEngine.ONNXRUNTIME_TENSORRT.engineName()));
    }
  }

  /** The versions behind this engine; loads its native libraries. */
  public static String versions() throws CaptionerException {
    return DjlRuntime.versions();
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
        throw Failures.ofBatch("onnxruntime", part, e);
      }
    }
    return described;
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
              ? generate(manager, memory, boxes, model.prompts().texts(), model.maxCaptionTokens())
              : List.of();
      List<String> questions = prompts.questions().stream().map(Question::text).toList();
      List<List<Generated>> answers =
          generate(manager, memory, boxes, questions, model.maxAnswerTokens());
      return outcomes.all(captions, answers, prompts.questions(), objects, tiles.size(), boxes);
    }
  }

  private NDList encode(NDManager manager, List<TileImage> tiles, List<Letterbox> boxes)
      throws TranslateException {
    try (NDArray image = squares.image(manager, tiles, boxes, tiles.size())) {
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
