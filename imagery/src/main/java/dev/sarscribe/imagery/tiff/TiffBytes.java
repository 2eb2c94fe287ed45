package dev.sarscribe.imagery.tiff;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.imagery.source.FileSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Positional reads of a source, every range checked against its length. Thread-safe. */
final class TiffBytes implements AutoCloseable {
  private final ByteSource source;
  private final long length;
  private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

  /** The source is closed with this. */
  TiffBytes(ByteSource source) {
    this.source = source;
    this.length = source.size();
  }

  static TiffBytes open(Path file) throws SceneException {
    try {
      return new TiffBytes(FileSource.open(file));
    } catch (NoSuchFileException e) {
      throw new SceneException(Reason.NOT_FOUND, file, "no such file", e);
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, file, "cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Name for messages. */
  String name() {
    return source.name();
  }

  /** The file that is read, if it is one of this machine. */
  Optional<Path> file() {
    return source instanceof FileSource file ? Optional.of(file.path()) : Optional.empty();
  }

  boolean isRemote() {
    return source.isRemote();
  }

  /** Tells the source what is read next; ranges outside of it are left for the read to refuse. */
  void announce(List<ByteSource.Range> ranges) throws SceneException {
    try {
      source.announce(ranges.stream().filter(r -> holds(r.offset(), r.length())).toList());
    } catch (IOException e) {
      throw failed("reading ahead", e);
    }
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
        int n = source.read(into, at);
        if (n < 0) {
          throw truncated(at, into.remaining());
        }
        at += n;
      }
    } catch (IOException e) {
      throw failed("reading at byte " + at, e);
    }
  }

  SceneException truncated(long offset, long count) {
    return new SceneException(
        Reason.TRUNCATED,
        name(),
        "needs %d bytes at byte %d but has only %d".formatted(count, offset, length));
  }

  SceneException corrupt(String what) {
    return new SceneException(Reason.CORRUPT, name(), what);
  }

  SceneException unsupported(String what) {
    return new SceneException(Reason.UNSUPPORTED, name(), what);
  }

  SceneException tooLarge(String what) {
    return new SceneException(Reason.TOO_LARGE, name(), what);
  }

  private SceneException failed(String doing, IOException e) {
    return new SceneException(Reason.IO_ERROR, name(), doing + ": " + e.getMessage(), e);
  }

  @Override
  public void close() throws SceneException {
    try {
      source.close();
    } catch (IOException e) {
      throw failed("closing", e);
    }
  }
}
