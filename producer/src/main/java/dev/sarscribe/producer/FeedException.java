package dev.sarscribe.producer;

/** A place that could not be polled. */
public final class FeedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  private FeedException(String message, boolean passing, Throwable cause) {
    super(message, cause);
    this.passing = passing;
  }

  /**
   * It may be well again without anybody's doing.
   *
   * @param message names the place and the cause, without secrets
   * @param cause null if there is none
   */
  public static FeedException passing(String message, Throwable cause) {
    return new FeedException(message, true, cause);
  }

  /** As {@link #passing}, for what stays so until a person changes it: a URL, a filter, a right. */
  public static FeedException lasting(String message, Throwable cause) {
    return new FeedException(message, false, cause);
  }

  /** Whether waiting may help. */
  public boolean isPassing() {
    return passing;
  }
}
