package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.access.AccessException;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.stac.StacHttp.Document;
import dev.sarscribe.producer.stac.StacHttp.Validators;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks a static catalogue along its links, and offers its items in pages without holding them. A
 * catalogue that the server says is unchanged is not searched for items again, but for one walk a
 * day, which finds items that were changed in place; of items too only those are read that the
 * server does not call unchanged. Not thread-safe.
 */
final class StacCatalogue {
  private static final Logger LOG = LoggerFactory.getLogger(StacCatalogue.class);

  private static final int PAGE = 100;

  /** Catalogues nest by place, year, month and day; deeper is a mistake. */
  private static final int MAX_DEPTH = 20;

  /** Bounds the memory of a walk; a larger catalogue is fed part by part. */
  private static final int MAX_CATALOGUES = 500_000;

  /** Some 30 MB; items beyond are read again each day. */
  private static final int MAX_VALIDATORS = 200_000;

  /** So many unreadable items in a row are the server's failure, not theirs. */
  private static final int MAX_FAILURES_IN_A_ROW = 10;

  private static final Duration FULL_WALK_INTERVAL = Duration.ofDays(1);

  private record Step(URI uri, int depth) {}

  /** A catalogue as it was read last: its children are walked even if it has not changed. */
  private record Known(Validators validators, List<URI> children) {}

  private final StacHttp http;
  private final ItemOffers offers;
  private final Predicate<JsonNode> wanted;
  private final Map<String, Known> catalogues = new HashMap<>();
  private final Map<String, Validators> items = new HashMap<>();
  private long fullWalkNanos = System.nanoTime() - FULL_WALK_INTERVAL.toNanos();

  /** Whether the last walk ended early: what it took note of may not have been published. */
  private boolean interrupted;

  // Of one walk.
  private final List<Offer> page = new ArrayList<>();
  private final Map<String, Validators> pageValidators = new HashMap<>();
  private int failures;
  private int failuresInARow;
  private Optional<AccessException> lastFailure = Optional.empty();

  StacCatalogue(StacHttp http, ItemOffers offers, Predicate<JsonNode> wanted) {
    this.http = http;
    this.offers = offers;
    this.wanted = wanted;
  }

  /**
   * Walks all that the root leads to.
   *
   * @throws FeedException if the root is not to be had, or some of the rest; all else is offered
   *     then
   */
  void walk(Document root, FeedSink sink) throws FeedException, InterruptedException {
    long begin = System.nanoTime();
    boolean full = interrupted || begin - fullWalkNanos >= FULL_WALK_INTERVAL.toNanos();
    interrupted = true;
    page.clear();
    pageValidators.clear();
    failures = 0;
    failuresInARow = 0;
    Set<String> seen = new HashSet<>();
    long links = 0; // not the catalogues seen: a hostile one links to many that are never reached
    Deque<Step> left = new ArrayDeque<>();
    left.push(new Step(root.uri(), 0));
    while (!left.isEmpty() && sink.hasRoom()) {
      Step step = left.pop();
      if (step.depth() > MAX_DEPTH || !seen.add(CanonicalJson.digest(step.uri().toString()))) {
        LOG.debug("{} is too deep, or leads back", StacUris.forPeople(step.uri()));
        continue;
      }
      if (links > MAX_CATALOGUES) {
        throw FeedException.lasting(
            "%s: more than %d catalogues; feed its parts one by one"
                .formatted(StacUris.forPeople(root.uri()), MAX_CATALOGUES),
            null);
      }
      List<URI> children = visit(step, full, sink);
      links += children.size();
      children.forEach(child -> left.push(new Step(child, step.depth() + 1)));
    }
    publish(sink);
    LOG.info("{}: {} catalogues walked", StacUris.forPeople(root.uri()), seen.size());
    interrupted = !left.isEmpty() || !sink.hasRoom();
    if (full && !interrupted && failures == 0) {
      fullWalkNanos = begin;
      catalogues.keySet().retainAll(seen); // those that are no longer linked
    }
    requireAllRead(root);
  }

  private void requireAllRead(Document root) throws FeedException {
    if (failures > 0) {
      AccessException e = lastFailure.orElseThrow();
      throw FeedException.passing(
          "%s: %d documents could not be read now, the last one %s"
              .formatted(StacUris.forPeople(root.uri()), failures, e.getMessage()),
          e);
    }
  }

  /** Reads a catalogue and the items it links to; returns its children. */
  private List<URI> visit(Step step, boolean full, FeedSink sink)
      throws FeedException, InterruptedException {
    String key = CanonicalJson.digest(step.uri().toString());
    Known known = catalogues.get(key);
    boolean ask = known != null && !known.validators().isEmpty() && !full;
    Document document;
    try {
      document = http.get(step.uri(), ask ? known.validators().headers() : Map.of());
    } catch (AccessException e) {
      if (step.depth() == 0 || e.reason() == AccessException.Reason.INTERRUPTED) {
        throw StacClient.failed(e);
      }
      countFailure(e);
      return known == null ? List.of() : known.children();
    }
    failuresInARow = 0;
    if (document.json().isEmpty()) {
      return known == null ? List.of() : known.children();
    }
    List<URI> children = new ArrayList<>();
    boolean complete = true;
    for (JsonNode link : document.json().orElseThrow().path("links")) {
      Optional<URI> uri = StacUris.resolve(document.uri(), link.path("href").asText());
      String relation = link.path("rel").asText();
      if (uri.isPresent() && relation.equals("child")) {
        children.add(uri.orElseThrow());
      } else if (uri.isPresent() && relation.equals("item") && sink.hasRoom()) {
        complete &= read(uri.orElseThrow(), sink);
      }
    }
    // Its items must be asked for again if one of them could not be read.
    boolean done = complete && sink.hasRoom();
    catalogues.put(key, new Known(done ? document.validators() : Validators.NONE, children));
    return children;
  }

  /** Reads an item and offers it; returns whether it need not be read again. */
  private boolean read(URI uri, FeedSink sink) throws FeedException, InterruptedException {
    String key = CanonicalJson.digest(uri.toString());
    try {
      Document document = http.get(uri, items.getOrDefault(key, Validators.NONE).headers());
      failuresInARow = 0;
      if (document.json().isPresent() && wanted.test(document.json().orElseThrow())) {
        page.add(offers.ofCatalogue(document.json().orElseThrow(), document.uri()));
        pageValidators.put(key, document.validators());
      }
    } catch (AccessException e) {
      if (e.canHeal()) {
        countFailure(e);
        return false;
      }
      // One that is gone or forbidden is bad input, and no reason to stop at.
      page.add(ItemOffers.unreadable(uri, e.reason().name(), e.getMessage()));
    } catch (FeedException e) {
      page.add(ItemOffers.unreadable(uri, "MALFORMED_ITEM", e.getMessage()));
    }
    if (page.size() >= PAGE) {
      publish(sink);
    }
    return true;
  }

  private void countFailure(AccessException e) throws FeedException {
    failures++;
    failuresInARow++;
    lastFailure = Optional.of(e);
    if (failuresInARow >= MAX_FAILURES_IN_A_ROW
        || e.reason() == AccessException.Reason.INTERRUPTED) {
      throw StacClient.failed(e);
    }
  }

  private void publish(FeedSink sink) throws InterruptedException {
    sink.publish(FeedPage.of(page));
    page.clear();
    if (sink.hasRoom() && items.size() < MAX_VALIDATORS) {
      items.putAll(pageValidators);
    }
    pageValidators.clear();
  }
}
