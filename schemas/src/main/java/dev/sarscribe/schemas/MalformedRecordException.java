package dev.sarscribe.schemas;

/** Bytes on a topic that are not a record of its schema. */
public final class MalformedRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  public MalformedRecordException(String topic, Throwable cause) {
    super("a record on " + topic + " cannot be read: " + summary(cause), cause);
  }

  private static String summary(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
