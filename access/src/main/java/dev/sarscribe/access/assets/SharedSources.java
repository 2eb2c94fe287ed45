package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.Retry;
import dev.sarscribe.imagery.source.ByteSource;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remote files that are read where they are, each opened once however many read it. One that nobody
 * reads stays for a while with the parts that were fetched: the planner reads a scene, then the
 * bands are read. Who opens one that was replaced gets the new one, whoever still has the old one.
 * Thread-safe.
 */
final class SharedSources implements Space, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SharedSources.class);

  /** Two polarizations of some acquisitions that interleave. */
  private static final int MAX_IDLE = 8;

  private final Path folder;
  private final Space space;
  private final Retry retry;
  private final long maxBytes;
  private final Map<URI, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Entry {
    private RangedSource source;
    private int readers;
  }

  SharedSources(Path folder, Space space, Retry retry, long maxBytes) {
    this.folder = folder;
    this.space = space;
    this.retry = retry;
    this.maxBytes = maxBytes;
  }

  /** Empty if the server has no ranges. */
  Optional<ByteSource> open(RemoteObject object) throws AccessException {
    while (true) {
      Entry entry = enter(object.uri());
      boolean opened = false;
      try {
        synchronized (entry) { // one asks, others wait for its answer
          if (entry.source != null && !entry.source.isCurrent()) {
            retire(object.uri(), entry);
            continue;
          }
          if (entry.source == null) {
            Optional<RangedSource> source =
                RangedSource.open(object, folder, this, retry, maxBytes);
            if (source.isEmpty()) {
              return Optional.empty();
            }
            entry.source = source.get();
          }
          opened = true;
          return Optional.of(new Reader(object.uri(), entry, entry.source));
        }
      } finally {
        if (!opened) {
          leave(object.uri(), entry);
        }
      }
    }
  }

  /** Leaves what was replaced to those who read it: the last of them closes it. */
  private synchronized void retire(URI uri, Entry entry) {
    entries.remove(uri, entry);
  }

  private synchronized Entry enter(URI uri) {
    Entry entry = entries.computeIfAbsent(uri, u -> new Entry());
    entry.readers++;
    return entry;
  }

  private synchronized void leave(URI uri, Entry entry) {
    entry.readers--;
    if (entry.readers == 0 && entries.get(uri) != entry) {
      close(entry);
    } else if (entry.readers == 0 && entry.source == null) {
      entries.remove(uri);
    }
    while (entries.values().stream().filter(e -> e.readers == 0).count() > MAX_IDLE) {
      dropIdle();
    }
  }

  /** Drops the source that nobody has read for the longest time; false if all are read. */
  private boolean dropIdle() {
    for (Iterator<Entry> i = entries.values().iterator(); i.hasNext(); ) {
      Entry entry = i.next();
      if (entry.readers == 0) {
        i.remove();
        close(entry);
        return true;
      }
    }
    return false;
  }

  private static void close(Entry entry) {
    try {
      if (entry.source != null) {
        entry.source.close();
      }
    } catch (AccessException e) {
      LOG.warn("{}", e.getMessage());
    }
    entry.source = null;
  }

  @Override
  public void claim(long bytes, RemoteObject what) throws AccessException {
    while (true) {
      try {
        space.claim(bytes, what);
        return;
      } catch (AccessException e) {
        if (e.reason() != Reason.LOCAL_STORAGE || !dropOne()) {
          throw e;
        }
      }
    }
  }

  private synchronized boolean dropOne() {
    return dropIdle();
  }

  @Override
  public void release(long bytes) {
    space.release(bytes);
  }

  @Override
  public synchronized void close() {
    entries.values().forEach(SharedSources::close);
    entries.clear();
  }

  /** One reader's view. */
  private final class Reader implements ByteSource {
    private final URI uri;
    private final Entry entry;
    private final RangedSource source;
    private final AtomicBoolean closed = new AtomicBoolean();

    Reader(URI uri, Entry entry, RangedSource source) {
      this.uri = uri;
      this.entry = entry;
      this.source = source;
    }

    @Override
    public String name() {
      return source.name();
    }

    @Override
    public long size() {
      return source.size();
    }

    @Override
    public boolean isRemote() {
      return true;
    }

    @Override
    public void announce(List<Range> ranges) throws IOException {
      requireOpen();
      source.announce(ranges);
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      requireOpen();
      return source.read(into, position);
    }

    private void requireOpen() throws IOException {
      if (closed.get()) {
        throw new ClosedChannelException();
      }
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        leave(uri, entry);
      }
    }
  }
}
