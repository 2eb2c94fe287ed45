package dev.sarscribe.producer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes every product that appears in a directory, once. It looks again and again instead of
 * asking the operating system for events, so network file systems work; a product counts as
 * complete when nothing about it has changed for the settle time. Scans happen on one thread; the
 * counters may be read from any.
 */
public final class DirectoryFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryFeed.class);

  /** Closing waits for the publication in progress, never longer than a transaction may take. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(35);

  /**
   * How a directory is watched.
   *
   * @param directory the folder
   * @param pollInterval time between scans
   * @param settleTime how long a product must stay unchanged before it is published
   */
  public record Settings(Path directory, Duration pollInterval, Duration settleTime) {
    public Settings {
      directory = directory.toAbsolutePath().normalize();
      if (pollInterval.isNegative() || pollInterval.isZero() || settleTime.isNegative()) {
        throw new IllegalArgumentException("poll interval and settle time must be positive");
      }
    }

    /** A scan each second; complete after two without a change. */
    public static Settings of(Path directory) {
      return new Settings(directory, Duration.ofSeconds(1), Duration.ofSeconds(2));
    }
  }

  /**
   * What one scan did.
   *
   * @param publications of this scan, in the order of the paths
   * @param pending items that have not settled yet
   */
  public record ScanResult(List<Publication> publications, int pending) {
    public ScanResult {
      publications = List.copyOf(publications);
    }
  }

  private record Observation(String fingerprint, long sinceNanos) {}

  private final Settings settings;
  private final Publisher publisher;
  private final LongSupplier nanoClock;
  private final Map<Path, Observation> unsettled = new HashMap<>();
  private final Set<String> acquisitionIds = ConcurrentHashMap.newKeySet();

  /** Offered by this process, and when: their progress of an earlier time means nothing. */
  private final Map<String, Instant> offered = new ConcurrentHashMap<>();

  private final Set<Path> ignored = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::run, "sarscribe-directory-feed");
  private volatile int pending;
  private volatile boolean scanned;
  private volatile boolean closing;
  private volatile Optional<Throwable> failure = Optional.empty();

  /** A feed that owns neither the publisher nor the directory. */
  public DirectoryFeed(Settings settings, Publisher publisher) {
    this(settings, publisher, System::nanoTime);
  }

  DirectoryFeed(Settings settings, Publisher publisher, LongSupplier nanoClock) {
    this.settings = settings;
    this.publisher = publisher;
    this.nanoClock = nanoClock;
  }

  /** The name of the feed of a directory, in bookmarks and acquisitions. */
  public static String nameOf(Path directory) {
    return "directory:" + directory.toAbsolutePath().normalize();
  }

  /** Starts to scan in the background until {@link #close}. */
  public void start() {
    thread.start();
  }

  /**
   * Looks at the directory once and publishes what has settled.
   *
   * @throws IOException if the directory itself cannot be read
   * @throws KafkaException if the broker did not commit a publication
   */
  public ScanResult scanOnce() throws IOException {
    DirectoryScan scan = DirectoryScan.of(settings.directory());
    scan.ignored().forEach(this::countIgnored);
    unsettled.keySet().retainAll(scan.products());
    List<Publication> publications = new ArrayList<>();
    for (Path item : scan.products()) {
      if (closing) {
        break;
      }
      visit(item).ifPresent(publications::add);
    }
    pending = unsettled.size();
    scanned = true;
    return new ScanResult(publications, pending);
  }

  /** Whether at least one scan is complete, so that the counters mean something. */
  public boolean hasScanned() {
    return scanned;
  }

  /** Items seen by the last scan that have not settled. */
  public int pendingItems() {
    return pending;
  }

  /** Every acquisition of this directory so far, from before a restart too. */
  public Set<String> acquisitionIds() {
    return Set.copyOf(acquisitionIds);
  }

  /**
   * When this process began to publish an acquisition; empty if it only knows it from before. Its
   * progress is about this publication only if it is no older.
   */
  public Optional<Instant> offeredAt(String acquisitionId) {
    return Optional.ofNullable(offered.get(acquisitionId));
  }

  /** Files that are no product by their names. */
  public Set<Path> ignoredFiles() {
    return Set.copyOf(ignored);
  }

  /** Why the background scan has ended by itself, if it has. */
  public Optional<Throwable> failure() {
    return failure;
  }

  /** Ends the background scan after the publication in progress. */
  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_LIMIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Publication> visit(Path item) {
    Fingerprint fingerprint;
    try {
      fingerprint = Fingerprint.of(item);
    } catch (IOException e) {
      // Moved away or being replaced; if it stays, the next scan sees it again.
      LOG.info("{} cannot be looked at now", item, e);
      unsettled.put(item, new Observation("", nanoClock.getAsLong()));
      return Optional.empty();
    }
    Optional<Publication> known = publisher.alreadyPublished(item, fingerprint);
    if (known.isPresent()) {
      unsettled.remove(item);
      acquisitionIds.add(known.orElseThrow().acquisitionId());
      return Optional.empty();
    }
    if (!hasSettled(item, fingerprint)) {
      return Optional.empty();
    }
    Instant before = Instant.now();
    Publication publication = publisher.publish(item, fingerprint);
    offered.put(publication.acquisitionId(), before);
    acquisitionIds.add(publication.acquisitionId());
    unsettled.remove(item);
    return Optional.of(publication);
  }

  private boolean hasSettled(Path item, Fingerprint fingerprint) {
    long now = nanoClock.getAsLong();
    Observation seen = unsettled.get(item);
    if (seen == null || !seen.fingerprint().equals(fingerprint.value())) {
      unsettled.put(item, new Observation(fingerprint.value(), now));
      return false;
    }
    return now - seen.sinceNanos() >= settings.settleTime().toNanos();
  }

  private void countIgnored(Path file) {
    if (ignored.add(file)) {
      LOG.info("{} is no product by its name and is ignored", file);
    }
  }

  private void run() {
    try {
      while (!closing) {
        scanPatiently();
        Thread.sleep(settings.pollInterval().toMillis());
      }
    } catch (InterruptedException e) {
      LOG.debug("feed of {} is closing", settings.directory());
    } catch (Throwable e) {
      // An error too must show, or a run would wait for this thread for ever.
      if (!closing) {
        LOG.error("the feed of {} has ended", settings.directory(), e);
        failure = Optional.of(e);
      }
    }
  }

  /** A broker or network file system that comes back is no reason to end. */
  private void scanPatiently() throws IOException {
    try {
      scanOnce();
    } catch (RetriableException e) {
      LOG.warn("the broker did not answer; the next scan tries again", e);
    } catch (IOException e) {
      if (!Files.isDirectory(settings.directory())) {
        LOG.warn("{} is not there now", settings.directory(), e);
      } else {
        throw e;
      }
    }
  }
}
