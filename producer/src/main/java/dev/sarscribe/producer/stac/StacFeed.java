package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.producer.Feed;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Reprocessed;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the items of a STAC API or of a static STAC catalogue; which of the two, the document at
 * its location says.
 *
 * <p>An API is searched by time, window after window, and the cursor moves to the end of a window
 * once all of it is read. Each poll begins an overlap before the cursor, so what appears late, or
 * moved between two pages, is found by a later poll; what appears later than the overlap is not.
 */
public final class StacFeed implements Feed {
  private static final Logger LOG = LoggerFactory.getLogger(StacFeed.class);

  /** Clocks of services differ, and items may carry the end of a data take that is planned. */
  private static final Duration FUTURE = Duration.ofHours(1);

  private static final int PAGES_PER_LOG_LINE = 10;

  /**
   * What is read and how.
   *
   * @param name of the feed
   * @param location root of an API, or of a static catalogue
   * @param query what an API is asked for
   * @param filter which of the items count
   * @param property of items by which an API is read on; see {@link TimeWindow}
   * @param from where a first poll begins; empty for an overlap before now
   * @param to where reading ends; empty for a feed that goes on
   * @param overlap how late items may appear
   * @param reprocessed what becomes of another product of an acquisition
   */
  public record Settings(
      String name,
      URI location,
      StacQuery query,
      ItemFilter filter,
      String property,
      Optional<Instant> from,
      Optional<Instant> to,
      Duration overlap,
      Reprocessed reprocessed) {
    public Settings {
      if (overlap.isNegative()) {
        throw new IllegalArgumentException("the overlap must not be negative");
      }
      if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
        throw new IllegalArgumentException("the range of time ends before it begins");
      }
      // Fails here and not at the first poll.
      var unused = new TimeWindow(property, Instant.EPOCH, Instant.EPOCH);
    }
  }

  private final Settings settings;
  private final HttpAccess access;
  private final Clock clock;
  private final StacHttp http;
  private final ItemOffers offers;
  private final StacCatalogue catalogue;

  /** What the location turned out to be; asked anew after a failure. */
  private Optional<StacClient> client = Optional.empty();

  private WindowSize windowSize = WindowSize.first();
  private long outside;

  /**
   * @param access stays the caller's, but ends with the feed
   */
  public StacFeed(Settings settings, HttpAccess access) {
    this(settings, access, Clock.systemUTC());
  }

  /** The same by another clock. */
  public StacFeed(Settings settings, HttpAccess access, Clock clock) {
    this.settings = settings;
    this.access = access;
    this.clock = clock;
    this.http = new StacHttp(access, clock);
    this.offers = new ItemOffers(settings.name(), settings.reprocessed());
    this.catalogue = new StacCatalogue(http, offers, this::isWanted);
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public String kind() {
    return "stac";
  }

  @Override
  public String location() {
    return StacUris.forPeople(settings.location());
  }

  @Override
  public void cancel() {
    access.close();
  }

  @Override
  public void poll(FeedSink sink) throws FeedException, InterruptedException {
    try {
      if (client.isPresent()) {
        search(client.orElseThrow(), sink);
        return;
      }
      StacHttp.Document root = StacClient.root(http, settings.location());
      if (StacApi.isLandingPage(root.json().orElseThrow())) {
        client = Optional.of(StacClient.of(http, root));
        search(client.orElseThrow(), sink);
      } else {
        catalogue.walk(root, sink);
      }
    } catch (FeedException e) {
      client = Optional.empty();
      windowSize = windowSize.afterFailure();
      if (Thread.interrupted()) {
        throw new InterruptedException(e.getMessage());
      }
      throw e;
    }
  }

  private void search(StacClient api, FeedSink sink) throws FeedException, InterruptedException {
    if (!settings.query().ids().isEmpty()) {
      read(
          api.search(settings.query(), Optional.empty()), Optional.empty(), Optional.empty(), sink);
      return;
    }
    Now clocks = Now.of(api.serverNow(), clock.instant());
    Instant end = settings.to().map(clocks::notAfterLatest).orElse(clocks.earliest());
    if (sink.cursor().isEmpty() && settings.from().isEmpty()) {
      // Where a new feed begins is kept at once: a restart must not begin later.
      var begin = new FeedPage.Advance(clocks.server(), clocks.server().minus(settings.overlap()));
      sink.publish(new FeedPage(List.of(), Optional.of(begin)));
    }
    Optional<Instant> before = clocks.credible(sink.cursor(), settings.name());
    Instant from = begin(before, clocks);
    while (sink.hasRoom()) {
      Instant to = windowSize.endOf(from, end);
      boolean last = !to.isBefore(end);
      // The newest window is open to clocks that are ahead; the cursor never is.
      Instant open = clocks.horizon().isAfter(to) ? clocks.horizon() : to;
      var window =
          new TimeWindow(settings.property(), from, last && settings.to().isEmpty() ? open : to);
      Instant reached = before.filter(to::isBefore).orElse(to);
      if (!read(api, window, reached, sink) || last) {
        return;
      }
      from = to;
    }
  }

  /** Never before what an earlier poll was told to forget, whatever a server's clock says. */
  private Instant begin(Optional<Instant> cursor, Now clocks) {
    Instant first = settings.from().orElse(clocks.server().minus(settings.overlap()));
    return cursor
        .map(time -> time.minus(settings.overlap()))
        .filter(time -> settings.from().isEmpty() || time.isAfter(first))
        .orElse(clocks.notAfterLatest(first));
  }

  /** What time it is, by the server and by this machine, of which either may be wrong. */
  private record Now(Instant server, Instant here) {
    static Now of(Instant server, Instant here) {
      return new Now(server.truncatedTo(ChronoUnit.SECONDS), here.truncatedTo(ChronoUnit.SECONDS));
    }

    Instant earliest() {
      return server.isBefore(here) ? server : here;
    }

    Instant latest() {
      return server.isBefore(here) ? here : server;
    }

    Instant notAfterLatest(Instant time) {
      return time.isAfter(latest()) ? latest() : time;
    }

    Instant horizon() {
      return latest().plus(FUTURE);
    }

    /** A cursor in the future is of a clock that was wrong: nothing would be found until then. */
    Optional<Instant> credible(Optional<Instant> cursor, String feed) {
      if (cursor.filter(horizon()::isBefore).isPresent()) {
        LOG.warn("{}: its cursor {} is in the future and is set back", feed, cursor.orElseThrow());
        return Optional.empty();
      }
      return cursor;
    }
  }

  /** Reads one window to its end; returns whether it got there. */
  private boolean read(StacClient api, TimeWindow window, Instant reached, FeedSink sink)
      throws FeedException, InterruptedException {
    var advance = new FeedPage.Advance(reached, reached.minus(settings.overlap()));
    StacSearch search = api.search(settings.query(), Optional.of(window));
    int pages = read(search, Optional.of(window), Optional.of(advance), sink);
    windowSize = windowSize.after(pages);
    return sink.hasRoom();
  }

  private int read(
      StacSearch search,
      Optional<TimeWindow> window,
      Optional<FeedPage.Advance> advance,
      FeedSink sink)
      throws FeedException, InterruptedException {
    int pages = 0;
    long items = 0;
    long published = 0;
    Optional<StacPage> page = search.next();
    while (page.isPresent()) {
      StacPage current = page.orElseThrow();
      pages++;
      items += current.items().size();
      long read = items;
      current.matched().ifPresent(matched -> sink.backlog(Math.max(0, matched - read)));
      published +=
          sink.publish(
                  new FeedPage(
                      offersOf(current, window), current.last() ? advance : Optional.empty()))
              .size();
      if (published > 0 && (pages % PAGES_PER_LOG_LINE == 0 || current.last())) {
        LOG.info(
            "{}: {} pages, {} items, {} new, window {}",
            settings.name(),
            pages,
            items,
            published,
            window.map(TimeWindow::interval).orElse("none"));
      }
      if (!sink.hasRoom()) {
        break;
      }
      page = search.next();
    }
    if (page.isEmpty() || page.orElseThrow().last()) {
      sink.backlog(0);
    }
    return pages;
  }

  private List<Offer> offersOf(StacPage page, Optional<TimeWindow> window) {
    List<Offer> offered = new ArrayList<>(page.items().size());
    for (JsonNode item : page.items()) {
      if (!settings.filter().accepts(item)) {
        continue;
      }
      Offer offer = offers.ofApi(item, page.uri(), settings.property());
      if (isOutside(offer, window)) {
        outside++;
        if (Long.bitCount(outside) == 1) {
          LOG.warn(
              "{}: {} items lie before the window that was asked for; {} is passed over",
              settings.name(),
              outside,
              offer.item());
        }
        continue;
      }
      offered.add(offer);
    }
    return offered;
  }

  /** A service that ignores the window would send forgotten items again and again. */
  private static boolean isOutside(Offer offer, Optional<TimeWindow> window) {
    return window.isPresent()
        && offer.time().isPresent()
        && offer.time().orElseThrow().isBefore(window.orElseThrow().from());
  }

  /** Of items of a static catalogue, which cannot be asked for a range of time. */
  private boolean isWanted(JsonNode item) {
    Optional<Instant> time = ItemOffers.time(item, settings.property());
    return settings.filter().accepts(item)
        && (settings.query().ids().isEmpty()
            || settings.query().ids().contains(item.path("id").asText()))
        && (settings.query().collections().isEmpty()
            || settings.query().collections().contains(item.path("collection").asText()))
        && (settings.from().isEmpty()
            || time.map(t -> !t.isBefore(settings.from().orElseThrow())).orElse(true))
        && (settings.to().isEmpty()
            || time.map(t -> !t.isAfter(settings.to().orElseThrow())).orElse(true));
  }
}
