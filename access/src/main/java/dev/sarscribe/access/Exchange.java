package dev.sarscribe.access;

import dev.sarscribe.access.AccessException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;

/** One request on the wire and its answer, ended by force when its time is over. */
final class Exchange implements AutoCloseable {
  private static final int CHUNK_BYTES = 64 * 1024;

  /** Attribute of an exchange whose request went to the server, or to a proxy of plain HTTP. */
  private static final String REACHED = "sarscribe.reached";

  private final URI uri;
  private final HttpUriRequestBase request;
  private final Duration limit;
  private final ScheduledFuture<?> end;
  private final HttpClientContext context = HttpClientContext.create();
  private volatile boolean overtime;
  private ClassicHttpResponse response;

  private Exchange(
      URI uri, HttpUriRequestBase request, Duration limit, ScheduledExecutorService clock) {
    this.uri = uri;
    this.request = request;
    this.limit = limit;
    // Time-outs of the socket start anew with every byte: a server that drips would never end.
    this.end = clock.schedule(this::expire, limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Sends a request and reads the head of the answer. */
  static Exchange open(
      CloseableHttpClient client,
      URI uri,
      HttpUriRequestBase request,
      Duration limit,
      ScheduledExecutorService clock)
      throws AccessException {
    Exchange exchange = new Exchange(uri, request, limit, clock);
    try {
      exchange.response = client.executeOpen(null, request, exchange.context);
      return exchange;
    } catch (IOException e) {
      exchange.close();
      throw exchange.headFailed(e);
    } catch (RuntimeException e) { // what the library makes of URLs that it cannot send
      exchange.close();
      Reason reason = interrupted() ? Reason.INTERRUPTED : Reason.INVALID;
      throw new AccessException(reason, uri, "cannot be asked: " + message(e), e);
    }
  }

  /** Stands in the client's chain behind the tunnel through a proxy, if there is to be one. */
  static ClassicHttpResponse markReached(
      ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
      throws IOException, HttpException {
    scope.clientContext.setAttribute(REACHED, true);
    return chain.proceed(request, scope);
  }

  /** Whether the answer is the server's, not that of a proxy that opens no tunnel to it. */
  boolean isOfServer() {
    return context.getAttribute(REACHED) != null;
  }

  private static boolean interrupted() {
    return Thread.currentThread().isInterrupted();
  }

  private void expire() {
    overtime = true;
    request.cancel();
  }

  int status() {
    return response.getCode();
  }

  Headers headers() {
    Headers.Builder headers = new Headers.Builder();
    for (Header header : response.getHeaders()) {
      headers.add(header.getName(), header.getValue());
    }
    return headers.build();
  }

  InputStream body() throws AccessException {
    HttpEntity entity = response.getEntity();
    try {
      return entity == null ? InputStream.nullInputStream() : entity.getContent();
    } catch (IOException e) {
      throw bodyFailed(e);
    }
  }

  /** The whole body. */
  byte[] bytes(int most) throws AccessException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK_BYTES];
    try {
      InputStream in = body();
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (out.size() + (long) n > most) {
          throw new AccessException(
              Reason.TOO_LARGE, uri, "the answer is larger than %d bytes".formatted(most));
        }
        out.write(chunk, 0, n);
      }
      return out.toByteArray();
    } catch (AccessException e) {
      throw e;
    } catch (IOException e) {
      throw bodyFailed(e);
    }
  }

  /** The beginning of the body, as far as it can be had. */
  byte[] start(int most) {
    try {
      return body().readNBytes(most);
    } catch (IOException e) {
      return new byte[0]; // the status says enough
    }
  }

  private AccessException headFailed(IOException e) {
    if (overtime) {
      return overtime(e);
    }
    if (e instanceof PolicyResolver.RefusedAddress) {
      return new AccessException(Reason.REFUSED_BY_POLICY, uri, message(e), e);
    }
    if (e instanceof UnknownHostException) {
      return new AccessException(Reason.UNREACHABLE, uri, message(e), e);
    }
    if (e instanceof ConnectTimeoutException) {
      return new AccessException(Reason.TIMEOUT, uri, "no connection: " + message(e), e);
    }
    if (e instanceof SocketTimeoutException) {
      return new AccessException(Reason.TIMEOUT, uri, "no answer in time: " + message(e), e);
    }
    if (e instanceof InterruptedIOException || interrupted()) {
      return new AccessException(Reason.INTERRUPTED, uri, message(e), e);
    }
    if (e instanceof SSLException && !isConnection(e)) {
      return new AccessException(Reason.UNTRUSTED, uri, "is not trusted: " + message(e), e);
    }
    return new AccessException(Reason.UNREACHABLE, uri, message(e), e);
  }

  /** A TLS failure may just be a connection that broke. */
  private static boolean isConnection(IOException e) {
    for (Throwable t = e.getCause(); t != null; t = t.getCause()) {
      if (t instanceof java.net.SocketException || t instanceof java.io.EOFException) {
        return true;
      }
    }
    return String.valueOf(e.getMessage()).contains("closed");
  }

  AccessException bodyFailed(IOException e) {
    if (overtime) {
      return overtime(e);
    }
    if (e instanceof SocketTimeoutException) {
      return new AccessException(Reason.TIMEOUT, uri, "no more data in time: " + message(e), e);
    }
    return new AccessException(Reason.TRUNCATED, uri, "broke off: " + message(e), e);
  }

  private AccessException overtime(IOException e) {
    return new AccessException(
        Reason.TIMEOUT, uri, "took over %d s".formatted(Math.max(1, limit.toSeconds())), e);
  }

  static String message(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    end.cancel(false);
    // Without this, closing would read the rest of a body, which may be gigabytes.
    request.cancel();
    try {
      if (response != null) {
        response.close();
      }
    } catch (IOException e) {
      // nothing more is wanted from it
    }
  }
}
