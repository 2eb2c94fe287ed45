package dev.sarscribe.captioner;

/**
 * An engine that takes no tiles for now, whichever they are: its server is away, overloaded or
 * closed to us. It says nothing of the tiles of the batch, and the caller should wait and ask again
 * rather than blame one of them.
 */
public final class CaptionerUnavailableException extends CaptionerException {
  private static final long serialVersionUID = 1L;

  public CaptionerUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
