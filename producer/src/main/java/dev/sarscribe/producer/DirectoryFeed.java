package dev.sarscribe.producer;

import java.io.IOException;
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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers every product that appears in a directory. It looks again and again instead of asking the
 * operating system for events, so network file systems work; a product counts as complete when
 * nothing about it has changed for the settle time. A scan lists and compares sizes and times, and
 * opens only what is new. One thread polls; the counters may be read from any.
 */
public final class DirectoryFeed implements Feed {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryFeed.class);

  /** Large products are published one by one, as their digests take seconds. */
  private static final long MAX_PAGE_BYTES = 64L * 1024 * 1024;

  private static final int MAX_PAGE_ITEMS = 50;

  /**
   * How a directory is watched.
   *
   * @param directory the folder
   * @param settleTime how long a product must stay unchanged before it is published
   * @param filter which of its products count
   */
  public record Settings(Path directory, Duration settleTime, PathFilter filter) {
    public Settings {
      directory = directory.toAbsolutePath().normalize();
      if (settleTime.isNegative()) {
        throw new IllegalArgumentException("the settle time must not be negative");
      }
    }

    /** Every product; complete after two seconds without a change. */
    public static Settings of(Path directory) {
      return new Settings(directory, Duration.ofSeconds(2), PathFilter.ALL);
    }
  }

  private record Observation(String fingerprint, long sinceNanos) {}

  private final String name;
  private final Settings settings;
  private final LongSupplier nanoClock;
  private final Map<Path, Observation> unsettled = new HashMap<>();
  private final Set<String> acquisitionIds = ConcurrentHashMap.newKeySet();

  /** Offered by this process, and when: their progress of an earlier time means nothing. */
  private final Map<String, Instant> offered = new ConcurrentHashMap<>();

  private final Set<Path> ignored = ConcurrentHashMap.newKeySet();
  private volatile int pending;
  private volatile boolean scanned;

  /** A feed named after its directory. */
  public DirectoryFeed(Settings settings) {
    this(nameOf(settings.directory()), settings);
  }

  public DirectoryFeed(String name, Settings settings) {
    this(name, settings, System::nanoTime);
  }

  DirectoryFeed(String name, Settings settings, LongSupplier nanoClock) {
    this.name = name;
    this.settings = settings;
    this.nanoClock = nanoClock;
  }

  /** The name of the feed of a directory, in bookmarks and acquisitions. */
  public static String nameOf(Path directory) {
    return "directory:" + directory.toAbsolutePath().normalize();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String kind() {
    return "directory";
  }

  @Override
  public String location() {
    return settings.directory().toString();
  }

  @Override
  public boolean needsAcquisitionIds() {
    return true;
  }

  @Override
  public void poll(FeedSink sink) throws IOException, InterruptedException {
    DirectoryScan scan = DirectoryScan.of(settings.directory(), settings.filter());
    scan.ignored().forEach(this::countIgnored);
    forgetAbsent(scan);
    List<Offer> page = new ArrayList<>();
    long pageBytes = 0;
    for (DirectoryScan.Found found : scan.products()) {
      Optional<Fingerprint> settled = settledFingerprint(found, sink);
      if (settled.isPresent()) {
        page.add(LocalProducts.offer(found.path(), settled.orElseThrow(), name));
        pageBytes += settled.orElseThrow().sizeBytes();
        if (page.size() >= MAX_PAGE_ITEMS || pageBytes >= MAX_PAGE_BYTES) {
          publish(page, sink);
          pageBytes = 0;
        }
      }
      if (!sink.hasRoom()) {
        break;
      }
    }
    publish(page, sink);
    sink.backlog(unsettled.size());
    pending = unsettled.size();
    scanned = true;
  }

  /** Whether at least one scan is complete, so that the counters mean something. */
  public boolean hasScanned() {
    return scanned;
  }

  /** Items seen by the last scan that have not settled or not been published. */
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

  private Optional<Fingerprint> settledFingerprint(DirectoryScan.Found found, FeedSink sink) {
    Path item = found.path();
    Fingerprint fingerprint;
    try {
      fingerprint =
          found.fingerprint().isPresent()
              ? found.fingerprint().orElseThrow()
              : Fingerprint.of(item);
    } catch (IOException e) {
      // Moved away or being replaced; if it stays, the next scan sees it again.
      LOG.info("{} cannot be looked at now", item, e);
      unsettled.put(item, new Observation("", nanoClock.getAsLong()));
      return Optional.empty();
    }
    var known = sink.find(item.toString(), fingerprint.value());
    if (known.isPresent()) {
      unsettled.remove(item);
      acquisitionIds.add(known.orElseThrow().acquisitionId());
      return Optional.empty();
    }
    return hasSettled(item, fingerprint) ? Optional.of(fingerprint) : Optional.empty();
  }

  private void forgetAbsent(DirectoryScan scan) {
    if (!unsettled.isEmpty()) {
      Set<Path> there =
          scan.products().stream().map(DirectoryScan.Found::path).collect(Collectors.toSet());
      unsettled.keySet().retainAll(there);
    }
  }

  /** Publishes a page and empties it. */
  private void publish(List<Offer> page, FeedSink sink) throws InterruptedException {
    if (page.isEmpty()) {
      return;
    }
    Instant before = Instant.now();
    for (Publication publication : sink.publish(FeedPage.of(page))) {
      offered.put(publication.acquisitionId(), before);
      acquisitionIds.add(publication.acquisitionId());
    }
    for (Offer offer : page) {
      if (sink.find(offer.item(), offer.fingerprint()).isPresent()) {
        unsettled.remove(Path.of(offer.item()));
      }
    }
    page.clear();
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
}
