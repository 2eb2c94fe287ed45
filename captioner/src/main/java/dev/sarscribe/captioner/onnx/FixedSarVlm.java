package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.util.List;
import java.util.Set;

/**
 * Our own models by their graphs of fixed shapes, for every engine that compiles them for a device.
 * Each call of a graph is one whole batch: missing tiles are black and what is written about them
 * is not read. A token never leaves the device until its text is complete.
 */
final class FixedSarVlm implements Family {
  private static final Set<String> DECODER_INPUTS =
      Set.of("cross_keys", "cross_values", "prompt_tokens", "prompt_mask");
  private static final Set<String> DECODER_OUTPUTS = Set.of("tokens", "probabilities");

  private final ModelFolder model;
  private final int batch;
  private final Graph encoder;
  private final FixedDecoder answers;
  private final FixedDecoder captions;
  private final Vocabulary vocabulary;
  private final Outcomes outcomes;
  private final Squares squares;

  private FixedSarVlm(
      ModelFolder model,
      Graph encoder,
      FixedDecoder answers,
      FixedDecoder captions,
      Vocabulary vocabulary) {
    this.model = model;
    this.batch = model.fixed().orElseThrow().batch();
    this.encoder = encoder;
    this.answers = answers;
    this.captions = captions;
    this.vocabulary = vocabulary;
    this.outcomes = new Outcomes(model, vocabulary);
    this.squares = new Squares(model.input());
  }

  /**
   * Loads the graphs.
   *
   * @param model with graphs of fixed shapes
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static FixedSarVlm open(ModelFolder model, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    ModelFolder.FixedGraphs fixed = model.fixed().orElseThrow();
    Vocabulary vocabulary = Vocabulary.open(model);
    opened.add(vocabulary);
    Graph encoder =
        Graph.open(fixed.encoder(), loader, SarVlm.ENCODER_INPUTS, SarVlm.ENCODER_OUTPUTS);
    opened.add(encoder);
    FixedDecoder answers = decoder(model, fixed.answers(), vocabulary, loader);
    opened.add(answers);
    FixedDecoder captions = decoder(model, fixed.captions(), vocabulary, loader);
    opened.add(captions);
    return new FixedSarVlm(model, encoder, answers, captions, vocabulary);
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
  public int tileSize() {
    return model.input().size();
  }

  @Override
  public int tilesAtOnce(PromptSet prompts) {
    return batch;
  }

  @Override
  public void requireRoomFor(PromptSet prompts) throws CaptionerException {
    for (Question question : prompts.questions()) {
      answers.requireRoomFor(question.text());
    }
  }

  @Override
  public List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
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
  public Usage usage() {
    return captions.usage().plus(answers.usage());
  }

  @Override
  public void close() {
    captions.close();
    answers.close();
    encoder.close();
    vocabulary.close();
  }
}
