package dev.sarscribe.access;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/**
 * An answer whose body is read while it arrives, as it is stored, never decompressed. Close it: a
 * body that was not read to its end costs its connection. For one thread.
 */
public final class ResponseStream implements AutoCloseable {
  private final int status;
  private final Headers headers;
  private final URI uri;
  private final InputStream body;
  private final Exchange exchange;

  ResponseStream(int status, Headers headers, URI uri, InputStream body, Exchange exchange) {
    this.status = status;
    this.headers = headers;
    this.uri = uri;
    this.body = body;
    this.exchange = exchange;
  }

  /** 2xx or 304. */
  public int status() {
    return status;
  }

  public Headers headers() {
    return headers;
  }

  /** Where it came from, after redirects. */
  public URI uri() {
    return uri;
  }

  /**
   * Reads on; a failure is an {@link AccessException}.
   *
   * @return how many bytes, or -1 at the end
   */
  public int read(byte[] into, int offset, int length) throws AccessException {
    try {
      return body.read(into, offset, length);
    } catch (IOException e) {
      throw exchange.bodyFailed(e);
    }
  }

  @Override
  public void close() {
    exchange.close();
  }
}
