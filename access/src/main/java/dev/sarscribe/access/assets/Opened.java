package dev.sarscribe.access.assets;

import dev.sarscribe.imagery.source.ByteSource;
import java.nio.file.Path;

/** An asset that can be read. Thread-safe. */
public sealed interface Opened {
  /** Name of the file where it comes from, without its folders; formats are known by its ending. */
  String fileName();

  /**
   * A file or folder of this machine, as it is named there.
   *
   * @param path nobody deletes it
   */
  record Local(Path path) implements Opened {
    @Override
    public String fileName() {
      return String.valueOf(path.getFileName());
    }
  }

  /**
   * A downloaded file.
   *
   * @param path its name in the cache, which says nothing
   * @param release lets the cache evict it; to be called once it is no longer read
   */
  record Downloaded(String fileName, Path path, Runnable release) implements Opened {}

  /**
   * A file that is read where it is.
   *
   * @param source which the caller closes
   */
  record Remote(String fileName, ByteSource source) implements Opened {}
}
