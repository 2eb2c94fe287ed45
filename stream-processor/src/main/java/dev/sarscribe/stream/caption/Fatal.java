package dev.sarscribe.stream.caption;

import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** Tells failures that no retry heals from those that one does. */
final class Fatal {
  private Fatal() {}

  static boolean isFatal(Throwable exception) {
    for (Throwable t = exception; t != null; t = t.getCause()) {
      if (t instanceof AuthenticationException
          || t instanceof AuthorizationException
          || t instanceof FencedInstanceIdException
          || t instanceof UnsupportedVersionException) {
        return true;
      }
    }
    return false;
  }
}
