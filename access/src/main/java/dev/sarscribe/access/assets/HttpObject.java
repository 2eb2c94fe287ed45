package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Headers;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Request;
import dev.sarscribe.access.ResponseStream;
import java.net.URI;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file on an HTTP server. */
record HttpObject(HttpAccess access, URI uri) implements RemoteObject {
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("(?i)bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  @Override
  public Transfer read(long offset, OptionalLong length) throws AccessException {
    String end = length.isPresent() ? String.valueOf(offset + length.getAsLong() - 1) : "";
    Request request = Request.get(uri, Map.of("Range", "bytes=%d-%s".formatted(offset, end)));
    ResponseStream stream = access.stream(request);
    try {
      return HttpTransfer.of(stream, uri, offset);
    } catch (AccessException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  private record HttpTransfer(
      ResponseStream stream, long start, boolean isPart, OptionalLong total, String validator)
      implements Transfer {
    static Transfer of(ResponseStream stream, URI uri, long offset) throws AccessException {
      Headers headers = stream.headers();
      if (stream.status() == 200) {
        return new HttpTransfer(
            stream, 0, false, headers.bytes("Content-Length"), validator(headers));
      }
      if (stream.status() != 206) {
        throw new AccessException(
            Reason.HTTP_ERROR, uri, "answers %d to a range".formatted(stream.status()));
      }
      String range = headers.first("Content-Range").orElse("");
      Matcher m = CONTENT_RANGE.matcher(range);
      if (!m.matches() || Long.parseLong(m.group(1)) != offset) {
        throw new AccessException(
            Reason.HTTP_ERROR, uri, "answers with the range '%s'".formatted(range));
      }
      OptionalLong total =
          m.group(3).equals("*")
              ? OptionalLong.empty()
              : OptionalLong.of(Long.parseLong(m.group(3)));
      return new HttpTransfer(stream, offset, true, total, validator(headers));
    }

    private static String validator(Headers headers) {
      return headers
          .first("ETag")
          .or(() -> headers.first("Last-Modified"))
          .filter(v -> v.length() <= 1000)
          .orElse("");
    }

    @Override
    public int read(byte[] into, int offset, int length) throws AccessException {
      return stream.read(into, offset, length);
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
