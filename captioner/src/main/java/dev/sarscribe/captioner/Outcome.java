package dev.sarscribe.captioner;

import java.util.List;
import java.util.Optional;

/** What became of one tile. */
public sealed interface Outcome {
  /**
   * What the model says about the tile.
   *
   * @param concise empty if the prompt set asks for no captions
   * @param detailed empty if the prompt set asks for no captions; the concise one again if the
   *     model writes but one
   * @param answers one per question, in order; none at all if the model only captions
   * @param objects those found, best first; empty if none or if the model does not localise
   */
  record Described(
      Optional<Text> concise,
      Optional<Text> detailed,
      List<Answer> answers,
      List<DetectedObject> objects)
      implements Outcome {
    public Described {
      answers = List.copyOf(answers);
      objects = List.copyOf(objects);
    }
  }

  /** The tile could not be described; the reason is for the dead letter. */
  record Failed(String reason) implements Outcome {}
}
