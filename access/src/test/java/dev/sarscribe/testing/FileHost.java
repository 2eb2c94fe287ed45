package dev.sarscribe.testing;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One file as a server with ranges sends it, with the faults that a test asks for. */
public final class FileHost implements LoopbackServer.Handler {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  public volatile byte[] bytes;
  public volatile String tag = "\"v1\"";
  public volatile boolean ranges = true;

  /** Bytes after which an answer breaks off. */
  public volatile int breakAfter = Integer.MAX_VALUE;

  /** How many answers break off. */
  public final AtomicInteger breaks = new AtomicInteger();

  public final AtomicLong sent = new AtomicLong();
  public final AtomicInteger requests = new AtomicInteger();

  public FileHost(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public void handle(HttpExchange x, int call) throws IOException {
    requests.incrementAndGet();
    byte[] all = bytes;
    if (!tag.isEmpty()) {
      x.getResponseHeaders().add("ETag", tag);
    }
    String range = x.getRequestHeaders().getFirst("Range");
    Matcher m = RANGE.matcher(range == null ? "" : range);
    int from = 0;
    int to = all.length;
    int status = 200;
    if (ranges && m.matches()) {
      from = Integer.parseInt(m.group(1));
      to = m.group(2).isEmpty() ? to : Math.min(to, Integer.parseInt(m.group(2)) + 1);
      status = 206;
      if (from >= all.length) {
        x.sendResponseHeaders(416, -1);
        return;
      }
      x.getResponseHeaders()
          .add("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, all.length));
    }
    x.sendResponseHeaders(status, to - from);
    int n = to - from;
    if (n > breakAfter && breaks.getAndDecrement() > 0) {
      n = breakAfter;
    }
    sent.addAndGet(n);
    x.getResponseBody().write(all, from, n);
  }
}
