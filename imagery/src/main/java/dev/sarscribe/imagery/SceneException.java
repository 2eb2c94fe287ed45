package dev.sarscribe.imagery;

import java.nio.file.Path;

/**
 * A product or raster that cannot be used. The message starts with the file's name and says what is
 * wrong with it; {@link #reason()} is the code that dead letters carry.
 */
public final class SceneException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Causes quote what a file says, which may be of any length; messages travel through Kafka. */
  private static final int MAX_CAUSE = 1000;

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
  private final String fault;

  public SceneException(Reason reason, Path file, String fault) {
    this(reason, file, fault, null);
  }

  public SceneException(Reason reason, Path file, String fault, Throwable cause) {
    this(reason, String.valueOf(file.getFileName()), fault, cause);
  }

  public SceneException(Reason reason, String name, String fault) {
    this(reason, name, fault, null);
  }

  /** A failure of something that is no file of this machine, under the name that users know. */
  public SceneException(Reason reason, String name, String fault, Throwable cause) {
    super(name + ": " + brief(fault), cause);
    this.reason = reason;
    this.fault = brief(fault);
  }

  private static String brief(String fault) {
    return fault.length() <= MAX_CAUSE ? fault : fault.substring(0, MAX_CAUSE) + "…";
  }

  /** The same failure as one of the product that the file is a part of, under the part's name. */
  public SceneException within(Path product, String part) {
    return new SceneException(reason, product, part + ": " + fault, this);
  }

  public Reason reason() {
    return reason;
  }
}
