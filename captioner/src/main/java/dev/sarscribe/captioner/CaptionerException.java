package dev.sarscribe.captioner;

/**
 * An engine, model folder or prompt set that cannot be used, or a batch that the engine could not
 * run. The message says which, and what to do where that is known.
 */
public sealed class CaptionerException extends Exception permits CaptionerUnavailableException {
  private static final long serialVersionUID = 1L;

  public CaptionerException(String message) {
    super(message);
  }

  public CaptionerException(String message, Throwable cause) {
    super(message, cause);
  }
}
