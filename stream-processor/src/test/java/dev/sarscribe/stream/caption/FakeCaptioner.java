package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Answer;
import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.CaptionerUnavailableException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.imagery.TileImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Describes a tile by its id, and fails as the tile's id says. */
class FakeCaptioner implements Captioner {
  static final PromptSet PROMPTS = new PromptSet("captions", "1", true, List.of());

  private static final int MAX_QUESTION = 40;

  private static final Question QUESTION =
      new Question("ships", Application.INSTANCE_COUNTING, "How many ships are visible?");

  final List<Integer> batchSizes = new CopyOnWriteArrayList<>();
  volatile boolean closed;

  /** Whether every call fails. */
  volatile boolean broken;

  /** Whether the engine takes no tiles for now. */
  volatile boolean unavailable;

  @Override
  public void requireRoomFor(PromptSet prompts) throws CaptionerException {
    for (Question question : prompts.questions()) {
      if (question.text().length() > MAX_QUESTION) {
        throw new CaptionerException("\"%s\" is too long".formatted(question.text()));
      }
    }
  }

  @Override
  public ModelInfo model() {
    return new ModelInfo("fake", "1", "sha256:00", "fake", "cpu", "fp32");
  }

  @Override
  public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException {
    batchSizes.add(tiles.size());
    List<Outcome> outcomes = new ArrayList<>();
    for (TileImage tile : tiles) {
      if (unavailable || tile.id().contains("breaks-the-server")) {
        throw new CaptionerUnavailableException("the server is away", null);
      }
      if (broken || tile.id().contains("engine-fails")) {
        throw new CaptionerException("the engine fails");
      }
      if (tile.id().contains("out-of-memory")) {
        throw new OutOfMemoryError("device");
      }
      if (tile.id().contains("not-linked")) {
        throw new NoClassDefFoundError("engine");
      }
      outcomes.add(outcome(tile.id()));
    }
    return outcomes;
  }

  private static Outcome outcome(String id) {
    if (id.contains("refused")) {
      return new Outcome.Failed("the model refuses");
    }
    double confidence = id.contains("unsure") ? 0.1 : 0.9;
    String text = id.contains("silent") ? "" : "A caption of " + id + ".";
    var caption = Optional.of(new Text(text, confidence));
    List<Answer> answers =
        id.contains("asked")
            ? List.of(
                new Answer(QUESTION, new Text("1", 0.9)), new Answer(QUESTION, new Text("2", 0.2)))
            : List.of();
    return new Outcome.Described(caption, caption, answers, List.of());
  }

  @Override
  public void close() {
    closed = true;
  }
}
