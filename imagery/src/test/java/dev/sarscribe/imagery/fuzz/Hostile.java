package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException.Reason;
import java.util.Optional;

/**
 * A file made to do harm.
 *
 * @param name says how
 * @param bytes an input of a fuzz target
 * @param reason how it is refused; empty if it is read, within bounds
 */
@SuppressWarnings("ArrayRecordComponent") // never changed
record Hostile(String name, byte[] bytes, Optional<Reason> reason) {
  static Hostile refused(String name, byte[] bytes, Reason reason) {
    return new Hostile(name, bytes, Optional.of(reason));
  }

  static Hostile read(String name, byte[] bytes) {
    return new Hostile(name, bytes, Optional.empty());
  }

  @Override
  public String toString() {
    return name;
  }
}
