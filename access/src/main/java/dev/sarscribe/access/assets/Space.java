package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;

/** The room that a cache has on disk. Thread-safe. */
interface Space {
  /**
   * Takes room, for which files that nobody uses are deleted.
   *
   * @param what asks, for the message
   * @throws AccessException {@code LOCAL_STORAGE} if there is not enough now, {@code TOO_LARGE} if
   *     there never is
   */
  void claim(long bytes, RemoteObject what) throws AccessException;

  /** Gives room back. */
  void release(long bytes);
}
