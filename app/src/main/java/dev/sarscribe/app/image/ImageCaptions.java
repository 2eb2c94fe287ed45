package dev.sarscribe.app.image;

import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PlainImages;
import dev.sarscribe.imagery.radiometry.Recipes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captions plain image files and answers questions about them, in batches and in the order of the
 * requests. What cannot be read or described is an answer of its own and stops nothing. Not
 * thread-safe.
 */
public final class ImageCaptions {
  private static final Logger LOG = LoggerFactory.getLogger(ImageCaptions.class);

  /** Images decoded and held at once; requests with the same questions share a batch. */
  private static final int BATCH = 16;

  private final Captioner captioner;
  private final PromptSet prompts;
  private final Consumer<ImageAnswer> sink;
  private final List<Item> waiting = new ArrayList<>();
  private long failed;

  /** A place in the order: a request to be answered, or an answer already. */
  private record Item(ImageRequest request, ImageAnswer.Failed failure) {}

  private record Ask(List<String> questions, boolean alone) {}

  /**
   * @param prompts asked about every image, unless a request wants its questions alone
   * @param sink receives one answer per request, in order
   */
  public ImageCaptions(Captioner captioner, PromptSet prompts, Consumer<ImageAnswer> sink) {
    this.captioner = captioner;
    this.prompts = prompts;
    this.sink = sink;
  }

  /**
   * Checks that the model has room for the prompt set and for questions that all requests have.
   *
   * @throws CaptionerException naming the one that is too long
   */
  public void requireRoomFor(List<String> questions) throws CaptionerException {
    PromptSet asked;
    try {
      asked = promptSet(new Ask(questions, false));
    } catch (IllegalArgumentException e) {
      throw new CaptionerException(e.getMessage(), e);
    }
    captioner.requireRoomFor(asked);
  }

  /** Answers a request, not necessarily at once. */
  public void offer(ImageRequest request) throws CaptionerException {
    add(new Item(request, null));
  }

  /**
   * Answers every line of a JSONL file; empty lines are skipped.
   *
   * @param folder that relative image paths start from
   */
  public void offerAll(BufferedReader lines, Path folder) throws IOException, CaptionerException {
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        offer(ImageRequest.parse(line, folder));
      } catch (IllegalArgumentException e) {
        add(new Item(null, new ImageAnswer.Failed("", "line " + number + ": " + e.getMessage())));
      }
    }
  }

  /** Answers what is waiting; returns how many answers of all so far are failures. */
  public long finish() throws CaptionerException {
    answerWaiting();
    return failed;
  }

  private void add(Item item) throws CaptionerException {
    waiting.add(item);
    if (waiting.size() >= BATCH) {
      answerWaiting();
    }
  }

  private void answerWaiting() throws CaptionerException {
    List<ImageAnswer> answers = new ArrayList<>(Collections.nCopies(waiting.size(), null));
    Map<Ask, Map<Integer, TileImage>> batches = new LinkedHashMap<>();
    for (int i = 0; i < waiting.size(); i++) {
      Item item = waiting.get(i);
      if (item.failure() != null) {
        answers.set(i, item.failure());
        continue;
      }
      ImageRequest request = item.request();
      try {
        TileImage image = PlainImages.load(request.path(), Recipes.standard());
        batches
            .computeIfAbsent(
                new Ask(request.questions(), request.alone()), a -> new LinkedHashMap<>())
            .put(i, image);
      } catch (SceneException e) {
        LOG.info("{} cannot be read", request.path(), e);
        answers.set(i, new ImageAnswer.Failed(request.image(), e.getMessage()));
      }
    }
    for (var batch : batches.entrySet()) {
      answer(batch.getKey(), batch.getValue(), answers);
    }
    waiting.clear();
    for (ImageAnswer answer : answers) {
      failed += answer instanceof ImageAnswer.Failed ? 1 : 0;
      sink.accept(answer);
    }
  }

  private void answer(Ask ask, Map<Integer, TileImage> images, List<ImageAnswer> answers)
      throws CaptionerException {
    PromptSet asked;
    try {
      asked = promptSet(ask);
      captioner.requireRoomFor(asked);
    } catch (IllegalArgumentException | CaptionerException e) {
      images
          .keySet()
          .forEach(
              i ->
                  answers.set(
                      i, new ImageAnswer.Failed(waiting.get(i).request().image(), e.getMessage())));
      return;
    }
    List<Outcome> outcomes = captioner.caption(List.copyOf(images.values()), asked);
    int next = 0;
    for (int i : images.keySet()) {
      answers.set(i, toAnswer(waiting.get(i).request(), outcomes.get(next++)));
    }
  }

  private ImageAnswer toAnswer(ImageRequest request, Outcome outcome) {
    if (outcome instanceof Outcome.Failed failed) {
      return new ImageAnswer.Failed(request.image(), failed.reason());
    }
    Outcome.Described described = (Outcome.Described) outcome;
    if (!request.questions().isEmpty() && described.answers().isEmpty()) {
      return new ImageAnswer.Failed(
          request.image(),
          "model %s answers no questions: ask for captions alone"
              .formatted(captioner.model().name()));
    }
    return new ImageAnswer.Described(request.image(), described, captioner.model());
  }

  private PromptSet promptSet(Ask ask) {
    List<Question> questions = new ArrayList<>();
    if (!ask.alone()) {
      questions.addAll(prompts.questions());
    }
    int number = 0;
    for (String text : ask.questions()) {
      number++;
      questions.add(new Question("asked-" + number, Application.OTHERS, text));
    }
    return new PromptSet(
        prompts.name() + "+asked",
        prompts.version(),
        !ask.alone() && prompts.captions(),
        questions);
  }
}
