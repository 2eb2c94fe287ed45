package dev.sarscribe.imagery.tiff;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Positional reads of a file, every range checked against its length. Thread-safe. */
final class TiffBytes implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final long length;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  private TiffBytes(Path file, FileChannel channel, long length) {
    this.file = file;
    this.channel = channel;
    this.length = length;
  }

  static TiffBytes open(Path file) throws SceneException {
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      return new TiffBytes(file, channel, channel.size());
    } catch (NoSuchFileException e) {
      throw new SceneException(Reason.NOT_FOUND, file, "no such file", e);
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, file, "cannot be opened: " + e.getMessage(), e);
    }
  }

  Path file() {
    return file;
  }

  long length() {
    return length;
  }

  ByteOrder order() {
    return order;
  }

  /** Set once, while the header is read. */
  void order(ByteOrder byteOrder) {
    this.order = byteOrder;
  }

  /** Whether a range lies inside the file. */
  boolean holds(long offset, long count) {
    return offset >= 0 && count >= 0 && offset <= length && count <= length - offset;
  }

  /** Reads a range into a new buffer in the file's byte order. */
  ByteBuffer read(long offset, int count) throws SceneException {
    if (!holds(offset, count)) { // before the allocation
      throw truncated(offset, count);
    }
    ByteBuffer buffer = ByteBuffer.allocate(count).order(order);
    read(offset, buffer);
    buffer.flip();
    return buffer;
  }

  /** Fills what remains of a buffer from an offset. */
  void read(long offset, ByteBuffer into) throws SceneException {
    if (!holds(offset, into.remaining())) {
      throw truncated(offset, into.remaining());
    }
    long at = offset;
    try {
      while (into.hasRemaining()) {
        int n = channel.read(into, at);
        if (n < 0) {
          throw truncated(at, into.remaining());
        }
        at += n;
      }
    } catch (IOException e) {
      throw new SceneException(
          Reason.IO_ERROR, file, "reading at byte " + at + ": " + e.getMessage(), e);
    }
  }

  SceneException truncated(long offset, long count) {
    return new SceneException(
        Reason.TRUNCATED,
        file,
        "needs %d bytes at byte %d but has only %d".formatted(count, offset, length));
  }

  SceneException corrupt(String what) {
    return new SceneException(Reason.CORRUPT, file, what);
  }

  SceneException unsupported(String what) {
    return new SceneException(Reason.UNSUPPORTED, file, what);
  }

  SceneException tooLarge(String what) {
    return new SceneException(Reason.TOO_LARGE, file, what);
  }

  @Override
  public void close() throws SceneException {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, file, "closing: " + e.getMessage(), e);
    }
  }
}
