package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Probe;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Captions with a model's graphs of fixed shapes: the captioner of every engine that compiles them
 * for a device. Each call of a graph is one whole batch: missing tiles are black and what is
 * written about them is not read; larger batches are split. A token never leaves the device until
 * its text is complete.
 *
 * <p>Not thread-safe: one instance per worker.
 */
final class FixedCaptioner implements Captioner {
  private static final Set<String> DECODER_INPUTS =
      Set.of("cross_keys", "cross_values", "prompt_tokens", "prompt_mask");
  private static final Set<String> DECODER_OUTPUTS = Set.of("tokens", "probabilities");

  private final ModelFolder model;
  private final ModelInfo info;
  private final int batch;
  private final Graph encoder;
  private final FixedDecoder answers;
  private final FixedDecoder captions;
  private final Vocabulary vocabulary;
  private final Outcomes outcomes;
  private final Squares squares;
  private boolean closed;

  private FixedCaptioner(
      ModelFolder model,
      ModelInfo info,
      Graph encoder,
      FixedDecoder answers,
      FixedDecoder captions,
      Vocabulary vocabulary) {
    this.model = model;
    this.info = info;
    this.batch = model.fixed().orElseThrow().batch();
    this.encoder = encoder;
    this.answers = answers;
    this.captions = captions;
    this.vocabulary = vocabulary;
    this.outcomes = new Outcomes(model, vocabulary);
    this.squares = new Squares(model.input());
  }

  /**
   * Loads the graphs and describes one synthetic tile with them.
   *
   * @param loader of the engine
   * @param info what the texts' provenance will say
   * @throws CaptionerException if the folder has no graphs of fixed shapes, or if they do not load
   *     or run
   */
  static FixedCaptioner open(ModelFolder model, GraphLoader loader, ModelInfo info)
      throws CaptionerException {
    ModelFolder.FixedGraphs fixed = requireFixed(model, info.engine()).fixed().orElseThrow();
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Vocabulary vocabulary = Vocabulary.open(model);
      opened.add(vocabulary);
      Graph encoder =
          Graph.open(fixed.encoder(), loader, SarVlm.ENCODER_INPUTS, SarVlm.ENCODER_OUTPUTS);
      opened.add(encoder);
      FixedDecoder answers = decoder(model, fixed.answers(), vocabulary, loader);
      opened.add(answers);
      FixedDecoder captions = decoder(model, fixed.captions(), vocabulary, loader);
      opened.add(captions);
      FixedCaptioner captioner =
          new FixedCaptioner(model, info, encoder, answers, captions, vocabulary);
      Probe.run(captioner, model.input().size(), "model " + model.path());
      return captioner;
    } catch (CaptionerException e) {
      Failures.closeAll(opened, e);
      throw e;
    } catch (RuntimeException e) {
      Failures.closeAll(opened, e);
      throw new CaptionerException(
          "model %s does not run on engine %s: %s".formatted(model.path(), info.engine(), e), e);
    }
  }

  /**
   * The model as one with graphs of fixed shapes, which an engine needs.
   *
   * @throws CaptionerException if the folder has none
   */
  static ModelFolder requireFixed(LocalModel model, String engine) throws CaptionerException {
    if (model instanceof ModelFolder folder && folder.fixed().isPresent()) {
      return folder;
    }
    String remedy =
        model instanceof ModelFolder
            ? "write them with python -m sarvlm.fixed (models/README.md)"
            : "exports of Hugging Face Optimum run on engine " + OnnxRuntimeCaptioner.NAME;
    throw new CaptionerException(
        "model %s has no graphs of fixed shapes, which engine %s needs: %s"
            .formatted(model.path(), engine, remedy));
  }

  private static FixedDecoder decoder(
      ModelFolder model, ModelFolder.FixedTexts shape, Vocabulary vocabulary, GraphLoader loader)
      throws CaptionerException {
    Graph graph = Graph.open(shape.file(), loader, DECODER_INPUTS, DECODER_OUTPUTS);
    return new FixedDecoder(model, shape, vocabulary, graph);
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
    List<Outcome> described = new ArrayList<>(tiles.size());
    for (int from = 0; from < tiles.size(); from += batch) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + batch));
      try {
        described.addAll(describe(part, prompts));
      } catch (TranslateException | EngineException e) {
        throw Failures.ofBatch(info.engine(), part, e);
      }
    }
    return described;
  }

  private List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws CaptionerException, TranslateException {
    List<Letterbox> boxes = tiles.stream().map(tile -> Letterbox.of(model.input(), tile)).toList();
    try (NDManager manager = encoder.manager().newSubManager();
        NDArray image = squares.image(manager, tiles, boxes, batch)) {
      NDList encoded = encoder.run(new NDList(image));
      NDList memory = new NDList(encoded.get("cross_keys"), encoded.get("cross_values"));
      float[] objects = Outcomes.objects(encoded.get("objects"), batch);
      List<List<Generated>> captioned =
          prompts.captions()
              ? captions.decode(manager, memory, boxes, model.prompts().texts())
              : List.of();
      List<String> questions = prompts.questions().stream().map(Question::text).toList();
      List<List<Generated>> answered = answers.decode(manager, memory, boxes, questions);
      return outcomes.all(captioned, answered, prompts.questions(), objects, batch, boxes);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      captions.close();
      answers.close();
      encoder.close();
      vocabulary.close();
    }
  }
}
