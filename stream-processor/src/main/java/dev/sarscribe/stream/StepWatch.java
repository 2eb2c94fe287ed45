package dev.sarscribe.stream;

import java.time.Duration;
import java.util.Optional;

/**
 * Since when a thread has been in one step of its work, so that a slow step can be told from one
 * that never ends. One thread enters and leaves; any may ask.
 */
public final class StepWatch {
  private record Step(String name, long startNanos) {}

  private volatile Step step;

  /** A step begins, and another one that was not left ends. */
  public void enter(String name) {
    step = new Step(name, System.nanoTime());
  }

  /** The step ends, if there is one. */
  public void leave() {
    step = null;
  }

  /** The step that has gone on for longer than the limit, and for how long. */
  public Optional<String> stuck(Duration limit) {
    Step now = step;
    if (now == null) {
      return Optional.empty();
    }
    Duration age = Duration.ofNanos(System.nanoTime() - now.startNanos());
    return age.compareTo(limit) <= 0
        ? Optional.empty()
        : Optional.of("%s has gone on for %d s".formatted(now.name(), age.toSeconds()));
  }
}
