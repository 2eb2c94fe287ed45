package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Retry;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.OptionalLong;

/** Moves bytes of a remote object to a file, and goes on where a transfer broke off. */
final class Pump {
  private static final int CHUNK_BYTES = 256 * 1024;

  private final RemoteObject object;
  private final FileChannel file;
  private final Retry retry;

  Pump(RemoteObject object, FileChannel file, Retry retry) {
    this.object = object;
    this.file = file;
    this.retry = retry;
  }

  /**
   * Moves a part of a known version to the same place in the file.
   *
   * @throws AccessException once attempts made no progress too often; what came is in the file
   */
  void move(long from, long to, Version version) throws AccessException {
    move(object.read(from, OptionalLong.of(to - from)), from, to, version);
  }

  /**
   * The same, beginning with a transfer that is there already and is closed here. A whole file is
   * begun anew where the server has no ranges, or no way to tell one version from another.
   */
  void move(RemoteObject.Transfer first, long from, long to, Version version)
      throws AccessException {
    RemoteObject.Transfer transfer = first;
    long at = from;
    int failures = 0;
    while (true) {
      long before = at;
      Arrived arrived;
      try (RemoteObject.Transfer now = transfer) {
        version.require(now, object.uri());
        if (!now.isPart() && from > 0) {
          throw new AccessException(
              Reason.HTTP_ERROR, object.uri(), "does not answer with the range asked for");
        }
        arrived = pour(now, now.isPart() ? now.start() : 0, to);
      }
      at = arrived.at();
      if (at == to) {
        return;
      }
      failures = at > before ? 1 : failures + 1;
      retry.pause(failures, arrived.failure());
      long next = version.validator().isEmpty() ? from : at;
      transfer = object.read(next, OptionalLong.of(to - next));
    }
  }

  /** How far it came, and why not further. */
  private record Arrived(long at, AccessException failure) {}

  private Arrived pour(RemoteObject.Transfer transfer, long from, long to) throws AccessException {
    byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, to - from)];
    long at = from;
    while (at < to) {
      int n;
      try {
        n = transfer.read(chunk, 0, (int) Math.min(chunk.length, to - at));
      } catch (AccessException e) {
        return new Arrived(at, e);
      }
      if (n < 0) {
        return new Arrived(
            at,
            new AccessException(
                Reason.TRUNCATED, object.uri(), "ended at byte %d of %d".formatted(at, to)));
      }
      write(file, ByteBuffer.wrap(chunk, 0, n), at, object.uri());
      at += n;
    }
    if (transfer.isPart()) {
      transfer.end();
    }
    return new Arrived(at, null);
  }

  /** Writes all of a buffer; a full disk is told as one. */
  static void write(FileChannel file, ByteBuffer bytes, long at, URI uri) throws AccessException {
    try {
      long to = at;
      while (bytes.hasRemaining()) {
        to += file.write(bytes, to);
      }
    } catch (IOException e) {
      throw new AccessException(
          Reason.LOCAL_STORAGE,
          uri,
          "the cache folder cannot be written (is its disk full?): " + e.getMessage(),
          e);
    }
  }
}
