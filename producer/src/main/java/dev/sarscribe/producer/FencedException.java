package dev.sarscribe.producer;

import org.apache.kafka.common.KafkaException;

/** Another process feeds under the same name; the younger one goes on. */
public final class FencedException extends KafkaException {
  private static final long serialVersionUID = 1L;

  FencedException(String feed, Throwable cause) {
    super("another process has taken over the feed " + feed + "; one may run at a time", cause);
  }
}
