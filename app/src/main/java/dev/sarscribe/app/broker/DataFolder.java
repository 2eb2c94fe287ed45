package dev.sarscribe.app.broker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder of everything that survives a restart. Held by one process at a time: the operating
 * system releases the lock however that process ends.
 */
public final class DataFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final FileLock lock;

  private DataFolder(Path path, FileChannel channel, FileLock lock) {
    this.path = path;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Creates the folder if need be and takes its lock.
   *
   * @throws IOException if another process holds it or it cannot be written
   */
  public static DataFolder open(Path folder) throws IOException {
    Path path = folder.toAbsolutePath().normalize();
    Files.createDirectories(path);
    FileChannel channel =
        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          "another sarscribe runs on " + path + "; stop it, or choose another folder with --data");
    }
    return new DataFolder(path, channel, lock);
  }

  public Path path() {
    return path;
  }

  /** The broker's logs. */
  public Path kafka() {
    return path.resolve("kafka");
  }

  /** State stores of the stages. */
  public Path state() {
    return path.resolve("state");
  }

  /** Simulated scenes. */
  public Path demo() {
    return path.resolve("demo");
  }

  /** The program's own log files. */
  public static Path logs(Path folder) {
    return folder.resolve("logs");
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
