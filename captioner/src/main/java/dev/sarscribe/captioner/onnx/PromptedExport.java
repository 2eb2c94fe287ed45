package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ImageInput;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Exported models that take prompts: two for the captions, and one for each question. As with our
 * own models answers are generated together, and captions together, and each tile is seen once.
 */
final class PromptedExport implements Family {
  /** Such encoders have some hundred million weights: larger batches save nothing on a CPU. */
  private static final int MAX_TILES = 8;

  private static final int CAPTIONS = 2;

  private final Prompted model;
  private final ExportedVocabulary vocabulary;
  private final int maxSequences;

  PromptedExport(Prompted model, ExportedVocabulary vocabulary, EngineOptions options) {
    this.model = model;
    this.vocabulary = vocabulary;
    this.maxSequences = Math.min(model.maxSequences(), options.maxSequences());
  }

  @Override
  public int tileSize() {
    ImageInput image = model.model().folder().image();
    return Math.max(image.width(), image.height());
  }

  @Override
  public int tilesAtOnce(PromptSet prompts) {
    int widest = Math.max(prompts.questions().size(), prompts.captions() ? CAPTIONS : 1);
    return Math.max(1, Math.min(MAX_TILES, maxSequences / widest));
  }

  @Override
  public void requireRoomFor(PromptSet prompts) throws CaptionerException {
    for (Question question : prompts.questions()) {
      model.requireRoomFor(model.question(question.text()));
    }
  }

  @Override
  public List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws CaptionerException, TranslateException {
    List<String> captions = prompts.captions() ? model.captions() : List.of();
    List<String> questions =
        prompts.questions().stream().map(question -> model.question(question.text())).toList();
    try (NDManager manager = model.manager().newSubManager()) {
      Turns.Turn turn = model.see(manager, tiles);
      List<List<Generated>> written =
          Turns.all(tiles.size(), captions, model::length, maxSequences, turn);
      List<List<Generated>> answered =
          Turns.all(tiles.size(), questions, model::length, maxSequences, turn);
      List<Outcome> outcomes = new ArrayList<>(tiles.size());
      for (int i = 0; i < tiles.size(); i++) {
        outcomes.add(outcome(written.get(i), answered.get(i), prompts.questions()));
      }
      return outcomes;
    }
  }

  private Outcome outcome(
      List<Generated> captions, List<Generated> answered, List<Question> questions) {
    if (Stream.concat(captions.stream(), answered.stream())
        .anyMatch(text -> Double.isNaN(text.logProbability()))) {
      return Failures.ofProbabilities();
    }
    List<Text> written = captions.stream().map(vocabulary::caption).toList();
    List<Answer> answers = new ArrayList<>(questions.size());
    for (int i = 0; i < questions.size(); i++) {
      answers.add(new Answer(questions.get(i), vocabulary.answer(answered.get(i))));
    }
    Optional<Text> concise = written.stream().findFirst();
    return new Outcome.Described(concise, written.stream().skip(1).findFirst(), answers, List.of());
  }

  @Override
  public Usage usage() {
    return model.usage();
  }

  @Override
  public void close() {
    model.close();
    vocabulary.close();
  }
}
