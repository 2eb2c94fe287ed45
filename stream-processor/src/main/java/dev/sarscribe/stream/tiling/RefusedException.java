package dev.sarscribe.stream.tiling;

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
}
