package dev.sarscribe.imagery.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Bytes of a known length that are read at any position: a file, or what stands for one.
 * Thread-safe.
 */
public interface ByteSource extends AutoCloseable {
  /**
   * A part of a source that is about to be read.
   *
   * @param offset from the source's beginning, not negative
   * @param length bytes, not negative
   */
  record Range(long offset, long length) {}

  /**
   * Name for messages, ending in the file's own name; without folders of this machine or secrets.
   */
  String name();

  /** Length in bytes; it does not change while the source is open. */
  long size();

  /**
   * Reads into what remains of a buffer, like {@link java.nio.channels.FileChannel#read(ByteBuffer,
   * long)}: at least one byte unless nothing remains.
   *
   * @return the number of bytes, or -1 if {@code position} is not before the end
   * @throws IOException if the bytes cannot be had
   */
  int read(ByteBuffer into, long position) throws IOException;

  /** Whether a read costs so much time that it pays to announce several at once. */
  default boolean isRemote() {
    return false;
  }

  /**
   * Announces parts that will be read next, so that a remote source can fetch them together. They
   * need not be read, and others may be.
   *
   * @throws IOException if the bytes cannot be had
   */
  default void announce(List<Range> ranges) throws IOException {
    // a file is read when it is read
  }

  /** Releases what the source holds; later reads fail. */
  @Override
  void close() throws IOException;
}
