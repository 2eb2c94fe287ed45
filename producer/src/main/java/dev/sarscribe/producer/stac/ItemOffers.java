package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.imagery.product.AcquisitionTime;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Offer.Content;
import dev.sarscribe.producer.Reprocessed;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Items of STAC as offers of a feed: their names, fingerprints and times. Immutable.
 *
 * @param feed name of the feed
 * @param reprocessed what becomes of another product of an acquisition
 */
public record ItemOffers(String feed, Reprocessed reprocessed) {
  private static final int MAX_NAME_CHARS = 1000;
  private static final int MAX_TIME_CHARS = 40;

  /**
   * An item of an API, named by collection and id. What it says of its own place counts only if it
   * is one of the web: else any item could name files of this machine.
   *
   * @param base what its links are relative to, if it has no link to itself
   * @param property by which the feed reads on; see {@link TimeWindow}
   */
  public Offer ofApi(JsonNode item, URI base, String property) {
    Optional<URI> self =
        StacApi.link(item, "self")
            .flatMap(l -> StacUris.resolve(base, l.path("href").asText()))
            .filter(StacUris::isOfTheWeb);
    return new Offer(
        name(item), fingerprint(item), time(item, property), () -> content(item, self));
  }

  /** An item of a static catalogue, named by where it lies; it has no time to read on by. */
  Offer ofCatalogue(JsonNode item, URI place) {
    return new Offer(
        catalogueName(place),
        fingerprint(item),
        Optional.empty(),
        () -> content(item, Optional.of(place)));
  }

  /** An item that is linked and cannot be had. */
  static Offer unreadable(URI place, String reason, String message) {
    var content = new Content.Unusable(reason, message, place.toString());
    return new Offer(catalogueName(place), "unreadable", Optional.empty(), () -> content);
  }

  static String catalogueName(URI place) {
    String text = place.toString();
    return text.length() <= MAX_NAME_CHARS ? text : "long URL " + CanonicalJson.digest(text);
  }

  /** Ids are unique within a collection only. */
  private static String name(JsonNode item) {
    String id = item.path("id").asText("");
    String collection = item.path("collection").asText("");
    String name = collection.isEmpty() ? id : collection + "/" + id;
    return id.isEmpty() || name.length() > MAX_NAME_CHARS
        ? "nameless item " + CanonicalJson.digest(item)
        : name;
  }

  private static String fingerprint(JsonNode item) {
    String updated = item.path("properties").path("updated").asText("");
    return updated.isEmpty() || updated.length() > MAX_TIME_CHARS
        ? "digest " + CanonicalJson.digest(item)
        : "updated " + updated;
  }

  private Content content(JsonNode item, Optional<URI> self) {
    try {
      return new Content.Usable(StacItems.acquisition(item, self, feed, reprocessed));
    } catch (ItemRefusedException e) {
      return new Content.Unusable(e.reason(), e.getMessage(), item.toString());
    }
  }

  /**
   * The item's time by a property; empty if it has none. By {@code datetime} it is the last instant
   * of the item, since services search for items whose range of time meets that of the search.
   */
  static Optional<Instant> time(JsonNode item, String property) {
    JsonNode properties = item.path("properties");
    Stream<String> names =
        property.equals(TimeWindow.DATETIME)
            ? Stream.of(TimeWindow.DATETIME, "end_datetime")
            : Stream.of(property);
    return names
        .map(name -> properties.path(name).asText(""))
        .flatMap(text -> parse(text).stream())
        .max(Instant::compareTo);
  }

  /** A time that records can tell; any other counts as none. */
  static Optional<Instant> parse(String text) {
    try {
      return Optional.of(AcquisitionTime.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
