package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import java.net.URI;

/**
 * Tells one content of a URL from another.
 *
 * @param size in bytes
 * @param validator entity tag or time of change; empty if the server has none
 */
record Version(long size, String validator) {
  /** Refuses bytes of another version: joined they would be garbage. */
  void require(RemoteObject.Transfer transfer, URI uri) throws AccessException {
    if (!isThatOf(transfer)) {
      throw new AccessException(Reason.CHANGED, uri, "was replaced while it was read");
    }
  }

  boolean isThatOf(RemoteObject.Transfer transfer) {
    return transfer.total().orElse(size) == size && transfer.validator().equals(validator);
  }
}
