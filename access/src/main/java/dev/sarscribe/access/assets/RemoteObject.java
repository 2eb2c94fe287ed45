package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import java.net.URI;
import java.util.OptionalLong;

/** A file on a server. Thread-safe. */
interface RemoteObject {
  URI uri();

  /**
   * Asks for a part; a server without ranges sends the whole.
   *
   * @param length of the part, or empty for all that follows
   */
  Transfer read(long offset, OptionalLong length) throws AccessException;

  /** Bytes that arrive. For one thread. */
  interface Transfer extends AutoCloseable {
    /** Where in the file the bytes begin: the offset asked for, or 0. */
    long start();

    /** Whether the server took the range. */
    boolean isPart();

    /** Length of the whole file, if the server says so. */
    OptionalLong total();

    /**
     * What changes when the content does: an entity tag, or a time; empty if the server has none.
     */
    String validator();

    /** Reads on, -1 at the end; failures can be met by another transfer from there on. */
    int read(byte[] into, int offset, int length) throws AccessException;

    /** Sees the end after all bytes were read, without which a connection is not used again. */
    default void end() {
      try {
        read(new byte[1], 0, 1);
      } catch (AccessException e) {
        // all that was wanted has come
      }
    }

    @Override
    void close();
  }
}
