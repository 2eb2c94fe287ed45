package dev.sarscribe.access;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * A request to be sent. Requests of this program ask and change nothing, so each may be sent again.
 *
 * @param method {@code GET}, {@code HEAD} or {@code POST}
 * @param headers besides those of the credentials; after a redirect to another origin only those
 *     that describe what is asked for are kept
 * @param body what is posted
 */
public record Request(
    Method method, URI uri, Map<String, String> headers, Optional<RequestBody> body) {
  /** How it is asked. */
  public enum Method {
    GET,
    HEAD,
    POST
  }

  /** Bytes and their media type; not copied, not to be changed. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record RequestBody(byte[] bytes, String contentType) {
    @Override
    public String toString() {
      return "%d bytes of %s".formatted(bytes.length, contentType); // it may hold a password
    }
  }

  public Request {
    headers = Map.copyOf(headers);
    if (body.isPresent() != (method == Method.POST)) {
      throw new IllegalArgumentException("a POST has a body, a %s has none".formatted(method));
    }
  }

  public static Request get(URI uri, Map<String, String> headers) {
    return new Request(Method.GET, uri, headers, Optional.empty());
  }

  public static Request head(URI uri, Map<String, String> headers) {
    return new Request(Method.HEAD, uri, headers, Optional.empty());
  }

  public static Request post(
      URI uri, byte[] body, String contentType, Map<String, String> headers) {
    return new Request(Method.POST, uri, headers, Optional.of(new RequestBody(body, contentType)));
  }

  @Override
  public String toString() {
    return method + " " + Redaction.of(uri);
  }
}
