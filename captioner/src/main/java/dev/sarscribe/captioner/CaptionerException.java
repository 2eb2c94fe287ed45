package dev.sarscribe.captioner;

/**
 * An engine, model folder or prompt set that cannot be used, or a batch that the engine could not
 * run. The message says which, and what to do where that is known.
 */
public final class CaptionerException extends Exception {
  private static final long serialVersionUID = 1L;

  public CaptionerException(String message) {
    super(message);
  }

  public CaptionerException(String message, Throwable cause) {
    super(message, cause);
  }
}
