package dev.sarscribe.captioner.remote;

/** A tile that the server or its model does not describe; the message goes to its dead letter. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }

  RefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
