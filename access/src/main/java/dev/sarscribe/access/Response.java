package dev.sarscribe.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * An answer with its whole body.
 *
 * @param status 2xx or 304; anything else is an {@link AccessException}
 * @param uri where it came from, after redirects
 * @param body decompressed, at most the policy's largest document; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Response(int status, Headers headers, URI uri, byte[] body) {
  /** The body as UTF-8. */
  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "%d of %s, %d bytes".formatted(status, Redaction.of(uri), body.length);
  }
}
