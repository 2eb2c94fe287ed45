package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Redaction;
import dev.sarscribe.access.Retry;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Downloaded files in a folder of limited size, which processes may share. A download that broke
 * off, with its process or without, goes on where it stopped if the server still has the same
 * version; what is complete has the size and the checksum that were published, and appears under
 * its name at once. One thread of all processes downloads a URL, the others wait for it. The files
 * that were opened longest ago make room for new ones, but never one that is open. Thread-safe.
 */
final class DownloadCache implements Space {
  private static final Logger LOG = LoggerFactory.getLogger(DownloadCache.class);

  /** Room is claimed in steps where a server does not say the size. */
  private static final long STEP_BYTES = 64L << 20;

  private static final int CHUNK_BYTES = 256 * 1024;

  private final Path folder;
  private final long maxBytes;
  private final long maxFileBytes;
  private final Retry retry;
  private final Use use;

  /** Whom to ask for room: this, or who knows of more that can be dropped. */
  private volatile Space room = this;

  /** What this process uses of each folder, as file locks are those of a process. */
  private static final Map<Path, Use> USES = new ConcurrentHashMap<>();

  /** How long a newer version of a file waits for others to close an older one. */
  private static final Duration OLD_VERSION_WAIT = Duration.ofSeconds(60);

  /** The use of one folder by this process; guarded by itself. */
  private static final class Use {
    private final Map<String, Holder> holders = new HashMap<>();
    private long claimed;
  }

  /** Those of this process that have or want a file; its lock between processes while there are. */
  private static final class Holder {
    private final ReentrantLock turn = new ReentrantLock();
    private int wanting;
    private int opened;
    private FileLocks lock;
  }

  /**
   * @param maxBytes size of the folder
   * @param maxFileBytes size of one file
   * @throws IOException if the folder cannot be made or written
   */
  DownloadCache(Path folder, long maxBytes, long maxFileBytes, Retry retry) throws IOException {
    this.folder = Files.createDirectories(folder).toRealPath();
    this.use = USES.computeIfAbsent(this.folder, f -> new Use());
    this.maxBytes = maxBytes;
    this.maxFileBytes = maxFileBytes;
    this.retry = retry;
    if (!Files.isWritable(this.folder)) {
      throw new IOException("the cache folder " + folder + " cannot be written");
    }
  }

  /** Lets another, which ends up here, be asked for room first. */
  void claimThrough(Space space) {
    room = space;
  }

  Path folder() {
    return folder;
  }

  /** A file that stays until it is closed. */
  record Held(Path path, Runnable release) implements AutoCloseable {
    @Override
    public void close() {
      release.run();
    }
  }

  /**
   * The file of a URL, downloaded if the cache has not got it or the server has a newer one.
   *
   * @throws AccessException with what kept it from being here
   */
  Held open(RemoteObject object, AssetHints hints) throws AccessException {
    URI uri = object.uri();
    CacheEntry entry = CacheEntry.of(folder, uri);
    String key = CacheEntry.digest(uri);
    Holder holder = enter(key);
    boolean held = false;
    try {
      holder.turn.lockInterruptibly();
      try {
        boolean first;
        synchronized (use) {
          first = holder.opened == 0;
        }
        if (first) {
          obtain(object, hints, entry, holder);
        } else if (!isAsPublished(hints, entry)) { // and is not replaced under those who read it
          throw new AccessException(Reason.CHANGED, uri, "an older version of it is open here");
        }
        synchronized (use) {
          holder.opened++;
        }
        held = true;
        return new Held(entry.data(), () -> leave(key, holder, true));
      } finally {
        holder.turn.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AccessException(Reason.INTERRUPTED, uri, "interrupted", e);
    } catch (AccessException e) {
      throw e;
    } catch (IOException e) {
      throw new AccessException(Reason.LOCAL_STORAGE, uri, "the cache folder fails: " + e, e);
    } finally {
      if (!held) {
        leave(key, holder, false);
      }
    }
  }

  private Holder enter(String key) {
    synchronized (use) {
      Holder holder = use.holders.computeIfAbsent(key, k -> new Holder());
      holder.wanting++;
      return holder;
    }
  }

  private void leave(String key, Holder holder, boolean wasOpen) {
    synchronized (use) {
      holder.wanting--;
      holder.opened -= wasOpen ? 1 : 0;
      if (holder.wanting == 0) {
        use.holders.remove(key);
        closeQuietly(holder.lock);
        holder.lock = null;
      }
    }
  }

  private static void closeQuietly(FileLocks lock) {
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      LOG.warn("a lock of the cache cannot be released: {}", e.toString());
    }
  }

  /** Brings the file here and holds its lock so that no process evicts it. */
  private void obtain(RemoteObject object, AssetHints hints, CacheEntry entry, Holder holder)
      throws IOException, InterruptedException {
    if (holder.lock == null) {
      holder.lock = FileLocks.open(entry.lock());
    }
    holder.lock.take(true, Duration.ofDays(365)); // while another process downloads it
    if (!isUsable(object, hints, entry)) {
      replace(object, hints, entry, holder.lock);
    }
    Files.setLastModifiedTime(entry.about(), FileTime.from(Instant.now()));
  }

  /** Downloads the file while no process has it open; the lock is shared again afterwards. */
  private void replace(RemoteObject object, AssetHints hints, CacheEntry entry, FileLocks lock)
      throws IOException, InterruptedException {
    do {
      Duration patience = Files.exists(entry.data()) ? OLD_VERSION_WAIT : Duration.ofDays(365);
      if (!lock.take(false, patience)) {
        throw new AccessException(
            Reason.CHANGED, object.uri(), "another process has an older version of it open");
      }
      if (!isUsable(object, hints, entry)) { // nobody was faster
        download(object, hints, entry);
      }
      // Between the two locks another process may evict it.
      lock.take(true, Duration.ofDays(365));
    } while (!Files.exists(entry.data()));
  }

  private static boolean isUsable(RemoteObject object, AssetHints hints, CacheEntry entry)
      throws IOException {
    if (!isAsPublished(hints, entry)) {
      return false;
    }
    if (hints.checksum().flatMap(Checksum::of).isPresent()) {
      return true;
    }
    Version version = entry.version().orElseThrow();
    try (RemoteObject.Transfer transfer = object.read(0, OptionalLong.of(1))) {
      return !version.validator().isEmpty() && version.isThatOf(transfer);
    } catch (AccessException e) {
      if (!e.canHeal()) {
        throw e;
      }
      LOG.warn("{}; the copy in the cache is used unchecked", e.getMessage());
      return true;
    }
  }

  /** Whether a complete file is here, of the size and checksum that were published, if any were. */
  private static boolean isAsPublished(AssetHints hints, CacheEntry entry) throws IOException {
    Optional<Version> stored = entry.version();
    if (stored.isEmpty() || !Files.exists(entry.data())) {
      return false;
    }
    long size = stored.orElseThrow().size();
    if (Files.size(entry.data()) != size || hints.sizeBytes().orElse(size) != size) {
      return false;
    }
    Optional<Checksum> published = hints.checksum().flatMap(Checksum::of);
    return published.isEmpty()
        || hints.checksum().orElseThrow().equalsIgnoreCase(entry.verified())
        || published.orElseThrow().of(entry.data()).equals(published.orElseThrow().digest());
  }

  private void download(RemoteObject object, AssetHints hints, CacheEntry entry)
      throws IOException {
    Files.deleteIfExists(entry.data());
    boolean resumed = fill(object, hints, entry);
    Optional<String> fault = fault(hints, entry);
    if (fault.isPresent() && resumed) {
      LOG.warn(
          "{}: {}; its parts may be of two versions, so it is fetched anew",
          Redaction.of(object.uri()),
          fault.orElseThrow());
      entry.delete();
      fill(object, hints, entry);
      fault = fault(hints, entry);
    }
    if (fault.isPresent()) {
      entry.delete();
      throw new AccessException(Reason.CHECKSUM, object.uri(), fault.orElseThrow());
    }
    Version version = entry.version().orElseThrow();
    entry.describe(object.uri(), version, verified(hints));
    Files.move(entry.part(), entry.data(), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String verified(AssetHints hints) {
    return hints.checksum().filter(c -> Checksum.of(c).isPresent()).orElse("");
  }

  /** Completes the partial file; whether it had a beginning already. */
  private boolean fill(RemoteObject object, AssetHints hints, CacheEntry entry) throws IOException {
    Optional<Version> before = entry.version();
    long have = Files.exists(entry.part()) ? Files.size(entry.part()) : 0;
    boolean resumable =
        have > 0
            && before.isPresent()
            && !before.orElseThrow().validator().isEmpty()
            && have < before.orElseThrow().size();
    try (FileChannel file =
        FileChannel.open(entry.part(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (resumable && resume(object, file, have, before.orElseThrow())) {
        file.force(true);
        return true;
      }
      file.truncate(0);
      Files.deleteIfExists(entry.about());
      fetch(object, hints, entry, file);
      file.force(true);
      return false;
    }
  }

  /** False if the server has another version now. */
  private boolean resume(RemoteObject object, FileChannel file, long have, Version version)
      throws AccessException {
    try {
      room.claim(version.size(), object);
      try {
        new Pump(object, file, retry).move(have, version.size(), version);
      } finally {
        room.release(version.size());
      }
      return true;
    } catch (AccessException e) {
      boolean otherwise =
          e.reason() == Reason.CHANGED
              || e.reason() == Reason.HTTP_ERROR
              || e.status().orElse(0) == 416;
      if (otherwise) {
        return false;
      }
      throw e;
    }
  }

  private void fetch(RemoteObject object, AssetHints hints, CacheEntry entry, FileChannel file)
      throws IOException {
    try (RemoteObject.Transfer first = object.read(0, OptionalLong.empty())) {
      requireSize(object.uri(), first.total(), hints);
      if (first.total().isEmpty()) {
        entry.describe(object.uri(), pourAll(object, first, file), "");
        return;
      }
      Version version = new Version(first.total().getAsLong(), first.validator());
      entry.describe(object.uri(), version, "");
      room.claim(version.size(), object);
      try {
        new Pump(object, file, retry).move(first, 0, version.size(), version);
      } finally {
        room.release(version.size());
      }
    }
  }

  /** A body whose length nobody says: it ends where it ends. */
  private Version pourAll(RemoteObject object, RemoteObject.Transfer transfer, FileChannel file)
      throws AccessException {
    byte[] chunk = new byte[CHUNK_BYTES];
    long taken = 0;
    long at = 0;
    try {
      for (int n = transfer.read(chunk, 0, chunk.length);
          n >= 0;
          n = transfer.read(chunk, 0, chunk.length)) {
        if (at + n > maxFileBytes) {
          throw tooLarge(object.uri(), at + n);
        }
        if (at + n > taken) {
          room.claim(STEP_BYTES, object);
          taken += STEP_BYTES;
        }
        Pump.write(file, ByteBuffer.wrap(chunk, 0, n), at, object.uri());
        at += n;
      }
      return new Version(at, transfer.validator());
    } finally {
      room.release(taken);
    }
  }

  private void requireSize(URI uri, OptionalLong total, AssetHints hints) throws AccessException {
    long size = total.orElse(hints.sizeBytes().orElse(0));
    if (size > maxFileBytes) {
      throw tooLarge(uri, size);
    }
    if (total.isPresent()
        && hints.sizeBytes().isPresent()
        && total.getAsLong() != hints.sizeBytes().getAsLong()) {
      throw new AccessException(
          Reason.CHECKSUM,
          uri,
          "has %d bytes, but %d were published"
              .formatted(total.getAsLong(), hints.sizeBytes().getAsLong()));
    }
  }

  private AccessException tooLarge(URI uri, long size) {
    return new AccessException(
        Reason.TOO_LARGE,
        uri,
        "%d bytes are more than the %d allowed (--max-download)".formatted(size, maxFileBytes));
  }

  private static Optional<String> fault(AssetHints hints, CacheEntry entry) throws IOException {
    long size = Files.size(entry.part());
    if (hints.sizeBytes().isPresent() && hints.sizeBytes().getAsLong() != size) {
      return Optional.of(
          "has %d bytes, but %d were published".formatted(size, hints.sizeBytes().getAsLong()));
    }
    if (hints.checksum().isEmpty()) {
      return Optional.empty();
    }
    Optional<Checksum> published = Checksum.of(hints.checksum().orElseThrow());
    if (published.isEmpty()) {
      LOG.info("{}: its checksum is of an unknown kind and not verified", entry.data());
      return Optional.empty();
    }
    String is = published.orElseThrow().of(entry.part());
    return is.equals(published.orElseThrow().digest())
        ? Optional.empty()
        : Optional.of(
            "%s is %s, but %s was published"
                .formatted(
                    published.orElseThrow().algorithm(), is, published.orElseThrow().digest()));
  }

  @Override
  public void claim(long bytes, RemoteObject what) throws AccessException {
    synchronized (use) {
      claimNow(bytes, what);
    }
  }

  private void claimNow(long bytes, RemoteObject what) throws AccessException {
    URI uri = what.uri();
    if (bytes > maxBytes) {
      throw new AccessException(
          Reason.TOO_LARGE,
          uri,
          "%d bytes are more than the whole cache of %d holds (--cache-size)"
              .formatted(bytes, maxBytes));
    }
    try {
      long free = maxBytes - use.claimed - stored() - bytes;
      if (free < 0) {
        free += evict(-free);
      }
      if (free < 0) {
        throw new AccessException(
            Reason.LOCAL_STORAGE,
            uri,
            "the cache of %d bytes is full of files in use (--cache-size)".formatted(maxBytes));
      }
      long usable = Files.getFileStore(folder).getUsableSpace();
      if (usable < bytes) {
        throw new AccessException(
            Reason.LOCAL_STORAGE,
            uri,
            "needs %d bytes, and the disk of the cache folder has %d".formatted(bytes, usable));
      }
    } catch (AccessException e) {
      throw e;
    } catch (IOException e) {
      throw new AccessException(Reason.LOCAL_STORAGE, uri, "the cache folder fails: " + e, e);
    }
    use.claimed += bytes;
  }

  @Override
  public void release(long bytes) {
    synchronized (use) {
      use.claimed -= bytes;
    }
  }

  /** Bytes of files but those that are claimed: ranges, and what this process downloads. */
  private long stored() throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        boolean ours = name.endsWith(".part") && use.holders.containsKey(key(name));
        sum += ours || name.endsWith(".ranges") ? 0 : file.toFile().length();
      }
    }
    return sum;
  }

  private static String key(String fileName) {
    int dot = fileName.indexOf('.');
    return dot < 0 ? fileName : fileName.substring(0, dot);
  }

  private record Aged(String key, FileTime opened) {}

  /**
   * Deletes the files that were opened longest ago until so many bytes are freed, or all are open.
   */
  private long evict(long wanted) throws IOException {
    List<Aged> entries =
        new ArrayList<>(
            lastOpened().entrySet().stream().map(e -> new Aged(e.getKey(), e.getValue())).toList());
    entries.sort(Comparator.comparing(Aged::opened));
    long freed = 0;
    for (Aged entry : entries) {
      if (freed >= wanted) {
        break;
      }
      freed += use.holders.containsKey(entry.key()) ? 0 : evict(entry.key());
    }
    return freed;
  }

  /** Time of the newest file of each key; that of its description is set whenever it is opened. */
  private Map<String, FileTime> lastOpened() throws IOException {
    Map<String, FileTime> times = new HashMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{json,part}")) {
      for (Path file : files) {
        try {
          times.merge(
              key(file.getFileName().toString()),
              Files.getLastModifiedTime(file),
              (a, b) -> a.compareTo(b) > 0 ? a : b);
        } catch (NoSuchFileException e) {
          // another process was faster
        }
      }
    }
    return times;
  }

  private long evict(String key) throws IOException {
    try (FileLocks lock = FileLocks.open(folder.resolve(key + ".lock"))) {
      if (!lock.tryTake(false)) {
        return 0; // another process has it open
      }
      long freed = 0;
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, key + ".*")) {
        for (Path file : files) {
          if (!file.getFileName().toString().endsWith(".lock")) {
            long size = file.toFile().length();
            freed += Files.deleteIfExists(file) ? size : 0;
          }
        }
      }
      LOG.info("evicted {} of {} bytes", key, freed);
      return freed;
    }
  }
}
