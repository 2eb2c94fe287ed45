package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Redaction;
import dev.sarscribe.access.Retry;
import dev.sarscribe.imagery.source.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A remote file of which only the parts that are read are fetched, each once: blocks lie in a
 * sparse file on disk until the source is closed. Neighbouring blocks come with one request, small
 * gaps between them included, and a reader that goes on where it stopped gets ever longer pieces. A
 * file that changes while it is open is an error. Thread-safe; one request at a time.
 */
final class RangedSource implements ByteSource {
  static final int BLOCK_BYTES = 32 * 1024;

  /** The directory of a cloud-optimised GeoTIFF with its tile offsets, mostly. */
  private static final int HEAD_BYTES = 2 * BLOCK_BYTES;

  /** To fetch a gap of this size takes less time than another request. */
  private static final int GAP_BLOCKS = 4;

  private static final int MAX_AHEAD_BLOCKS = (4 << 20) / BLOCK_BYTES;

  /** Readers of several rows of tiles go on in as many places. */
  private static final int MAX_ENDS = 64;

  private final RemoteObject object;
  private final Version version;
  private final FileChannel store;
  private final Space space;
  private final Pump pump;
  private final BitSet present = new BitSet();

  /** Where fetches ended, with their length: a read there goes on. */
  private final Map<Integer, Integer> ends = new HashMap<>();

  private long claimed;

  private RangedSource(
      RemoteObject object, Version version, FileChannel store, Space space, Retry retry) {
    this.object = object;
    this.version = version;
    this.store = store;
    this.space = space;
    this.pump = new Pump(object, store, retry);
  }

  /**
   * Asks for the beginning.
   *
   * @return empty if the server has no ranges, does not say the size, or has no way to tell that
   *     the file changed
   */
  static Optional<RangedSource> open(
      RemoteObject object, Path folder, Space space, Retry retry, long maxBytes)
      throws AccessException {
    Version version;
    byte[] head = new byte[HEAD_BYTES];
    int n = 0;
    try (RemoteObject.Transfer transfer = object.read(0, OptionalLong.of(HEAD_BYTES))) {
      if (!transfer.isPart() || transfer.total().isEmpty() || transfer.validator().isEmpty()) {
        return Optional.empty();
      }
      version = new Version(transfer.total().getAsLong(), transfer.validator());
      if (version.size() > maxBytes) {
        throw new AccessException(
            Reason.TOO_LARGE,
            object.uri(),
            "%d bytes are more than the %d allowed".formatted(version.size(), maxBytes));
      }
      n = start(transfer, head);
    }
    FileChannel store = store(folder, object);
    RangedSource source = new RangedSource(object, version, store, space, retry);
    source.keep(head, n);
    return Optional.of(source);
  }

  /** As much of the beginning as comes; what is missing is asked for when it is read. */
  private static int start(RemoteObject.Transfer transfer, byte[] head) {
    int n = 0;
    try {
      while (n < head.length) {
        int more = transfer.read(head, n, head.length - n);
        if (more < 0) {
          break;
        }
        n += more;
      }
      transfer.end();
    } catch (AccessException e) {
      // as if it had come to here
    }
    return n;
  }

  private static FileChannel store(Path folder, RemoteObject object) throws AccessException {
    try { // on POSIX systems its name is gone at once, so that no crash leaves it behind
      return FileChannel.open(
          folder.resolve(UUID.randomUUID() + ".ranges"),
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.SPARSE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new AccessException(
          Reason.LOCAL_STORAGE, object.uri(), "no file in the cache folder: " + e.getMessage(), e);
    }
  }

  private void keep(byte[] head, int n) throws AccessException {
    try {
      claim(n);
      Pump.write(store, ByteBuffer.wrap(head, 0, n), 0, object.uri());
      int whole = n == version.size() ? blocks(n) : n / BLOCK_BYTES;
      present.set(0, whole);
      ends.put(whole, whole);
    } catch (AccessException e) {
      closeStore();
      throw e;
    }
  }

  private static int blocks(long bytes) {
    return (int) ((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
  }

  Version version() {
    return version;
  }

  @Override
  public String name() {
    return Redaction.of(object.uri());
  }

  @Override
  public long size() {
    return version.size();
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public synchronized void announce(List<Range> ranges) throws AccessException {
    BitSet wanted = new BitSet();
    for (Range range : ranges) {
      if (range.length() > 0 && range.offset() < version.size()) {
        wanted.set(first(range.offset()), last(range.offset(), range.length()) + 1);
      }
    }
    wanted.andNot(present);
    int from = wanted.nextSetBit(0);
    while (from >= 0) {
      int to = wanted.nextClearBit(from);
      int next = wanted.nextSetBit(to);
      while (next >= 0 && next - to <= GAP_BLOCKS) {
        to = wanted.nextClearBit(next);
        next = wanted.nextSetBit(to);
      }
      fetch(from, to);
      from = next;
    }
  }

  @Override
  public synchronized int read(ByteBuffer into, long position) throws IOException {
    if (!into.hasRemaining()) {
      return 0;
    }
    if (position >= version.size()) {
      return -1;
    }
    int length = (int) Math.min(into.remaining(), version.size() - position);
    int last = last(position, length);
    int from = present.nextClearBit(first(position));
    while (from <= last) {
      int to = present.nextSetBit(from);
      to = to < 0 || to > last ? last + 1 : to;
      fetch(from, to);
      from = present.nextClearBit(to);
    }
    ByteBuffer part = into.slice().limit(length);
    int n = store.read(part, position);
    into.position(into.position() + Math.max(0, n));
    return n;
  }

  private static int first(long offset) {
    return (int) (offset / BLOCK_BYTES);
  }

  private int last(long offset, long length) {
    long end = Math.min(version.size(), offset + length);
    return (int) ((end - 1) / BLOCK_BYTES);
  }

  /** Fetches missing blocks, and some more if this goes on where another fetch ended. */
  private void fetch(int from, int to) throws AccessException {
    Integer before = ends.remove(from);
    int end = to;
    if (before != null) {
      int ahead = Math.min(MAX_AHEAD_BLOCKS, Math.max(to - from, 2 * before));
      int known = present.nextSetBit(to);
      end = Math.max(to, Math.min(from + ahead, blocks(version.size())));
      end = known >= 0 ? Math.min(end, known) : end;
    }
    long start = (long) from * BLOCK_BYTES;
    long stop = Math.min(version.size(), (long) end * BLOCK_BYTES);
    claim(stop - start);
    pump.move(start, stop, version);
    present.set(from, end);
    if (ends.size() >= MAX_ENDS) {
      ends.clear();
    }
    ends.put(end, end - from);
  }

  private void claim(long bytes) throws AccessException {
    space.claim(bytes, object);
    claimed += bytes;
  }

  /** Whether the server still has this version. */
  boolean isCurrent() throws AccessException {
    try (RemoteObject.Transfer transfer = object.read(0, OptionalLong.of(1))) {
      boolean current = version.isThatOf(transfer);
      if (current && transfer.isPart() && transfer.read(new byte[1], 0, 1) == 1) {
        transfer.end();
      }
      return current;
    }
  }

  private void closeStore() throws AccessException {
    space.release(claimed);
    claimed = 0;
    try {
      store.close();
    } catch (IOException e) {
      throw new AccessException(
          Reason.LOCAL_STORAGE, object.uri(), "closing: " + e.getMessage(), e);
    }
  }

  @Override
  public synchronized void close() throws AccessException {
    closeStore();
  }
}
