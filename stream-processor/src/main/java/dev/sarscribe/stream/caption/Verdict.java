package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Outcome;

/** What became of one tile in the engine. */
sealed interface Verdict {
  record Described(Outcome.Described outcome) implements Verdict {}

  /** The reason is the dead letter's code, the message is for a person. */
  record Refused(String reason, String message) implements Verdict {}

  static Verdict of(Outcome outcome) {
    if (outcome instanceof Outcome.Described described) {
      return new Described(described);
    }
    return new Refused("MODEL_REFUSED", ((Outcome.Failed) outcome).reason());
  }
}
