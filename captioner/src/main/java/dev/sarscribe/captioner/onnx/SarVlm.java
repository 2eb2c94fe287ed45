package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Ends;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Our own models: an encoder that sees each tile once, and a decoder for all prompts of a tile,
 * which share its cross-attention keys and values. Answers are decoded together, and captions
 * together. A prompt set costs nothing but its tokens: any call may bring another one.
 */
final class SarVlm implements Family {
  /** Encoder batches beyond this save no time on a CPU, and each tile takes about 10 MB there. */
  private static final int MAX_TILES = 16;

  static final Set<String> ENCODER_INPUTS = Set.of("image");
  static final Set<String> ENCODER_OUTPUTS = Set.of("cross_keys", "cross_values", "objects");

  private final ModelFolder model;
  private final EngineOptions options;
  private final Graph encoder;
  private final Graph decoderGraph;
  private final GreedyDecoder decoder;
  private final Vocabulary vocabulary;
  private final Outcomes outcomes;
  private final Squares squares;

  private SarVlm(
      ModelFolder model,
      EngineOptions options,
      Graph encoder,
      Graph decoderGraph,
      Vocabulary vocabulary) {
    this.model = model;
    this.options = options;
    this.encoder = encoder;
    this.decoderGraph = decoderGraph;
    this.decoder = new GreedyDecoder(new Ends(model.tokens().pad(), Set.of(model.tokens().eos())));
    this.vocabulary = vocabulary;
    this.outcomes = new Outcomes(model, vocabulary);
    this.squares = new Squares(model.input());
  }

  /**
   * Loads the model.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static SarVlm open(
      ModelFolder model, EngineOptions options, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    Vocabulary vocabulary = Vocabulary.open(model);
    opened.add(vocabulary);
    Path file = model.encoder(options.precision());
    Graph encoder = Graph.open(file, loader, ENCODER_INPUTS, ENCODER_OUTPUTS);
    opened.add(encoder);
    Graph decoder = Graph.open(model.decoder(), loader, SarVlmSteps.INPUTS, SarVlmSteps.OUTPUTS);
    opened.add(decoder);
    return new SarVlm(model, options, encoder, decoder, vocabulary);
  }

  @Override
  public int tileSize() {
    return model.input().size();
  }

  @Override
  public int tilesAtOnce(PromptSet prompts) {
    int widest = Math.max(prompts.questions().size(), prompts.captions() ? 2 : 1);
    return Math.max(1, Math.min(MAX_TILES, options.maxSequences() / widest));
  }

  @Override
  public void requireRoomFor(PromptSet prompts) throws CaptionerException {
    for (Question question : prompts.questions()) {
      for (String text : Letterbox.longestRewritten(question.text(), model.boxBins())) {
        vocabulary.prompt(text, model.maxAnswerTokens());
      }
    }
  }

  @Override
  public List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
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

  /** Texts per tile and prompt. */
  private List<List<Generated>> generate(
      NDManager manager, NDList memory, List<Letterbox> boxes, List<String> texts, int maxTokens)
      throws CaptionerException, TranslateException {
    return Turns.all(
        boxes.size(),
        texts,
        text -> prompt(boxes.get(0), text, maxTokens).length,
        options.maxSequences(),
        part -> {
          List<long[]> sequences = new ArrayList<>(boxes.size() * part.size());
          for (Letterbox box : boxes) {
            for (String text : part) {
              sequences.add(prompt(box, text, maxTokens));
            }
          }
          return decode(manager, memory, sequences, maxTokens);
        });
  }

  private long[] prompt(Letterbox box, String text, int maxTokens) throws CaptionerException {
    return vocabulary.prompt(box.rewriteBoxes(text, model.boxBins()), maxTokens);
  }

  private List<Generated> decode(
      NDManager manager, NDList memory, List<long[]> sequences, int maxTokens)
      throws TranslateException {
    try (SarVlmSteps steps =
        new SarVlmSteps(decoderGraph, model, manager, memory, sequences.size())) {
      return decoder.decode(manager, steps, sequences, maxTokens);
    }
  }

  @Override
  public Usage usage() {
    return decoder.usage();
  }

  @Override
  public void close() {
    decoderGraph.close();
    encoder.close();
    vocabulary.close();
  }
}
