package dev.sarscribe.access.assets;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** A lock between processes, held by a file; ends with its process, however that ends. */
final class FileLocks implements AutoCloseable {
  private static final long POLL_MS = 100;

  private final FileChannel channel;
  private FileLock lock;

  private FileLocks(FileChannel channel) {
    this.channel = channel;
  }

  static FileLocks open(Path file) throws IOException {
    return new FileLocks(
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Takes the lock if nobody has it. */
  boolean tryTake(boolean shared) throws IOException {
    drop();
    try {
      lock = channel.tryLock(0, Long.MAX_VALUE, shared);
    } catch (OverlappingFileLockException e) {
      return false; // another cache of this process has it
    }
    return lock != null;
  }

  /** Waits so long for the lock; polls, so that the thread can be interrupted. */
  boolean take(boolean shared, Duration patience) throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!tryTake(shared)) {
      if (System.nanoTime() - start > patience.toNanos()) {
        return false;
      }
      Thread.sleep(POLL_MS);
    }
    return true;
  }

  private void drop() throws IOException {
    if (lock != null) {
      lock.release();
      lock = null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close(); // which releases the lock
  }
}
