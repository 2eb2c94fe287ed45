package dev.sarscribe.producer.cdse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.producer.Feed;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.producer.cdse.CdseSubscription.Notification;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the Sentinel-1 products of the Copernicus Data Space, from its OData catalogue by their
 * time of publication, and, if a subscription is named, from that first.
 *
 * <p>A subscription's queue loses what it has delivered only by an acknowledgement, which removes
 * all older notifications too. So what is read is published durably first, and then the last of it
 * is acknowledged; after a crash in between it is delivered again and known by its bookmark. The
 * queue has a limit and may be lost: the catalogue is scanned from the cursor, with an overlap, at
 * the first poll and then at an interval, so that what the queue did not tell is found there.
 *
 * <p>Made by the service's documentation (OData and subscription APIs: names of fields, {@code
 * $top} up to 20, acknowledgement by POST of the {@code AckId}); it was run against a server that
 * behaves so, not against the service itself. Not known from the documentation, and borne either
 * way: whether notifications carry all attributes and checksums that the catalogue shows.
 */
public final class CdseFeed implements Feed {
  private static final Logger LOG = LoggerFactory.getLogger(CdseFeed.class);

  /** Where the catalogue is. */
  public static final URI CATALOGUE = URI.create("https://catalogue.dataspace.copernicus.eu");

  /** Where products are downloaded from. */
  public static final URI DOWNLOAD = URI.create("https://download.dataspace.copernicus.eu");

  /**
   * Ground range products as they were made first: their copies in cloud-optimized form are other
   * products of the same acquisitions.
   */
  public static final String GROUND_RANGE = "contains(Name,'_GRD') and not contains(Name,'_COG')";

  /** A few pages of ground range products; the cursor moves on after each. */
  private static final Duration WINDOW = Duration.ofDays(1);

  /** By so much clocks differ without anything being wrong. */
  private static final Duration FUTURE = Duration.ofHours(1);

  private static final int MAX_FILTER_CHARS = 4000;

  /**
   * What is read and how.
   *
   * @param name of the feed
   * @param catalogue root of the catalogue, for instance {@link #CATALOGUE}
   * @param download root of the download service, for instance {@link #DOWNLOAD}
   * @param filter which products, in OData's language; blank for all of Sentinel-1
   * @param subscription id of a pull subscription
   * @param from first time of publication of a feed that begins; empty for an overlap before now
   * @param overlap how late products may appear in the catalogue
   * @param reconciliation with a subscription, the time between scans of the catalogue
   * @param reprocessed what becomes of another product of an acquisition
   */
  public record Settings(
      String name,
      URI catalogue,
      URI download,
      String filter,
      Optional<String> subscription,
      Optional<Instant> from,
      Duration overlap,
      Duration reconciliation,
      Reprocessed reprocessed) {
    public Settings {
      if (overlap.isNegative() || reconciliation.isNegative()) {
        throw new IllegalArgumentException("overlap and reconciliation must not be negative");
      }
      if (filter.length() > MAX_FILTER_CHARS) {
        throw new IllegalArgumentException("a filter has at most " + MAX_FILTER_CHARS + " letters");
      }
      if (subscription.isPresent() && !subscription.get().matches("[0-9A-Za-z-]{1,100}")) {
        throw new IllegalArgumentException("'" + subscription.get() + "' is no subscription's id");
      }
      requireRoot(catalogue);
      requireRoot(download);
    }

    private static void requireRoot(URI root) {
      boolean plain =
          String.valueOf(root.getScheme()).matches("https?")
              && root.getHost() != null
              && root.getRawQuery() == null
              && root.getRawFragment() == null
              && root.getRawUserInfo() == null
              && !root.toString().endsWith("/");
      if (!plain) {
        throw new IllegalArgumentException(
            "a root is like https://host, without a slash at its end");
      }
    }

    /** The service's own catalogue, ground range products, six hours of overlap. */
    public static Settings of(String name, Optional<String> subscription) {
      return new Settings(
          name,
          CATALOGUE,
          DOWNLOAD,
          GROUND_RANGE,
          subscription,
          Optional.empty(),
          Duration.ofHours(6),
          Duration.ofHours(1),
          Reprocessed.NEWEST);
    }
  }

  private final Settings settings;
  private final HttpAccess access;
  private final CdseHttp http;
  private final CdseOffers offers;
  private final Clock clock;
  private Optional<Instant> scannedAt = Optional.empty();

  /**
   * @param access stays the caller's, but ends with the feed; has the account's credentials
   */
  public CdseFeed(Settings settings, HttpAccess access) {
    this(settings, access, Clock.systemUTC());
  }

  CdseFeed(Settings settings, HttpAccess access, Clock clock) {
    this.settings = settings;
    this.access = access;
    this.http = new CdseHttp(access);
    this.offers =
        new CdseOffers(
            settings.name(), settings.catalogue(), settings.download(), settings.reprocessed());
    this.clock = clock;
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public String kind() {
    return "cdse";
  }

  @Override
  public String location() {
    return settings.catalogue().toString();
  }

  @Override
  public void cancel() {
    access.close();
  }

  @Override
  public void poll(FeedSink sink) throws FeedException, InterruptedException {
    try {
      if (settings.subscription().isPresent()) {
        drain(settings.subscription().get(), sink);
      }
      if (isScanDue()) {
        scan(sink);
      }
    } catch (FeedException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException(e.getMessage());
      }
      throw e;
    }
  }

  private boolean isScanDue() {
    return settings.subscription().isEmpty()
        || scannedAt
            .map(t -> !clock.instant().isBefore(t.plus(settings.reconciliation())))
            .orElse(true);
  }

  private void drain(String id, FeedSink sink) throws FeedException, InterruptedException {
    CdseSubscription queue = new CdseSubscription(http, settings.catalogue(), id);
    while (sink.hasRoom()) {
      List<Notification> notifications = queue.read();
      if (notifications.isEmpty()) {
        return;
      }
      Map<String, Offer> offered = offersOf(notifications);
      sink.publish(FeedPage.of(List.copyOf(offered.values())));
      Optional<String> last = acknowledgement(notifications, offered, sink);
      if (last.isEmpty()) {
        return; // the poll's limit: what is left comes again
      }
      queue.acknowledge(last.get());
    }
  }

  /** By item; of two notifications of one product the later counts. */
  private Map<String, Offer> offersOf(List<Notification> notifications) {
    Map<String, Offer> offered = new LinkedHashMap<>();
    for (Notification notification : notifications) {
      if (notification.isDeletion()) {
        // What was published stays: a corpus does not shrink.
        LOG.info("{}: {} was deleted", settings.name(), notification.product().path("Name"));
      } else {
        Offer offer = offers.offer(notification.product());
        offered.put(offer.item(), offer);
      }
    }
    return offered;
  }

  /** Of the last notification up to which everything is published. */
  private Optional<String> acknowledgement(
      List<Notification> notifications, Map<String, Offer> offered, FeedSink sink)
      throws FeedException {
    Optional<String> last = Optional.empty();
    for (Notification notification : notifications) {
      if (!notification.isDeletion()) {
        Offer newest = offered.get(offers.offer(notification.product()).item());
        if (sink.find(newest.item(), newest.fingerprint()).isEmpty()) {
          return last;
        }
      }
      if (notification.acknowledgement().isEmpty()) {
        throw FeedException.passing(
            settings.catalogue() + ": a notification has no AckId and cannot be acknowledged",
            null);
      }
      last = notification.acknowledgement();
    }
    return last;
  }

  private void scan(FeedSink sink) throws FeedException, InterruptedException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Optional<Instant> before = cursor(sink, now);
    Instant from = begin(before, now);
    while (sink.hasRoom()) {
      Instant end = from.plus(WINDOW);
      boolean last = !end.isBefore(now);
      // The newest window has no end: the service's clock may be ahead.
      Instant readTo = last ? now : end;
      Instant reached = before.filter(readTo::isBefore).orElse(readTo);
      if (!read(from, last ? Optional.empty() : Optional.of(end), reached, sink)) {
        return;
      }
      if (last) {
        scannedAt = Optional.of(now);
        return;
      }
      from = end;
    }
  }

  /** Never before what an earlier poll was told to forget, also where the clock has fallen back. */
  private Instant begin(Optional<Instant> cursor, Instant now) {
    Instant first = settings.from().orElse(now.minus(settings.overlap()));
    Instant begin = cursor.map(c -> c.minus(settings.overlap())).orElse(first);
    if (settings.from().isPresent() && begin.isBefore(first)) {
      begin = first;
    }
    return begin.isAfter(now.plus(FUTURE)) ? now : begin;
  }

  /**
   * The cursor, unless it is far in the future: then this machine's clock was wrong, and nothing
   * would be found until that time.
   */
  private Optional<Instant> cursor(FeedSink sink, Instant now) {
    Optional<Instant> cursor = sink.cursor();
    if (cursor.filter(now.plus(FUTURE)::isBefore).isPresent()) {
      LOG.warn("{}: its cursor {} is in the future and is set back", name(), cursor.get());
      return Optional.empty();
    }
    return cursor;
  }

  /** Reads a window to its end; returns whether it got there. */
  private boolean read(Instant from, Optional<Instant> to, Instant reached, FeedSink sink)
      throws FeedException, InterruptedException {
    var advance = new FeedPage.Advance(reached, reached.minus(settings.overlap()));
    CdseCatalogue scan = new CdseCatalogue(http, settings.catalogue(), settings.filter(), from, to);
    while (scan.hasNext()) {
      List<Offer> page = new ArrayList<>();
      for (JsonNode product : scan.next()) {
        page.add(offers.offer(product));
      }
      sink.publish(new FeedPage(page, scan.hasNext() ? Optional.empty() : Optional.of(advance)));
      if (!sink.hasRoom()) {
        return false;
      }
    }
    return true;
  }
}
