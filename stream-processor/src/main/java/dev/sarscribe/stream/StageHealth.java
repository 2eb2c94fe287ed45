package dev.sarscribe.stream;

import java.time.Duration;
import java.util.Optional;

/** What a running stage says of itself. Thread-safe; every answer is for a person. */
public interface StageHealth {
  /** What stopped the stage, or a part of it, for good; empty while it works or recovers. */
  Optional<Throwable> failure();

  /** What the stage waits for before it can take work; empty while it takes work. */
  Optional<String> waitingFor();

  /** The thread that has been in one step for longer than the limit; empty if none has. */
  Optional<String> stuck(Duration limit);
}
