package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.imagery.SceneException;
import java.util.Optional;

/** A well-formed record that cannot be worked on; it becomes a dead letter. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  RefusedException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  RefusedException(String reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** The code that the dead letter carries. */
  String reason() {
    return reason;
  }

  /**
   * The same failure under the reason that it has, with a message that says more.
   *
   * @param cause of any kind that makes dead letters
   */
  static RefusedException of(Exception cause, String message) {
    return new RefusedException(reason(cause), message, cause);
  }

  /** The code of a failure: of why bytes could not be had, if that was at its bottom. */
  static String reason(Exception failure) {
    if (failure instanceof RefusedException refused) {
      return refused.reason();
    }
    Optional<AccessException> access = AccessException.in(failure);
    if (access.isPresent()) {
      return access.get().reason().name();
    }
    return failure instanceof SceneException scene ? scene.reason().name() : "INTERNAL_ERROR";
  }
}
