package dev.sarscribe.imagery;

import java.nio.file.Path;

/**
 * A product or raster that cannot be used. The message starts with the file's name and says what is
 * wrong with it; {@link #reason()} is the code that dead letters carry.
 */
public final class SceneException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a product was refused. */
  public enum Reason {
    /** The file or folder is not there or cannot be read. */
    NOT_FOUND,
    /** No reader knows this kind of file. */
    NOT_A_PRODUCT,
    /** A known format, damaged: offsets, counts or XML make no sense. */
    CORRUPT,
    /** Data end before the header says they do. */
    TRUNCATED,
    /** A valid file of a kind or type that is refused by name. */
    UNSUPPORTED,
    /** A SAFE without the measurement raster that its manifest promises. */
    MISSING_MEASUREMENT,
    /** Rasters or annotations of one product disagree in size. */
    SIZE_MISMATCH,
    /** A declared size beyond the limits of this program. */
    TOO_LARGE,
    /** The operating system reported an input/output error. */
    IO_ERROR
  }

  private final Reason reason;

  public SceneException(Reason reason, Path file, String cause) {
    super(file.getFileName() + ": " + cause);
    this.reason = reason;
  }

  public SceneException(Reason reason, Path file, String message, Throwable cause) {
    super(file.getFileName() + ": " + message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
