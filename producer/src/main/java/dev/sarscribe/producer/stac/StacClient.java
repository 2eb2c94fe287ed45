package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A STAC API as it is searched: by POST or GET as it says of itself, page after page. Not
 * thread-safe.
 */
public final class StacClient {
  private final StacHttp http;
  private StacApi api;

  private StacClient(StacHttp http, StacApi api) {
    this.http = http;
    this.api = api;
  }

  /**
   * Reads the landing page.
   *
   * @param http stays the caller's
   * @param landingPage the root of the API
   * @throws FeedException if there is no STAC API
   */
  public static StacClient open(HttpAccess http, URI landingPage) throws FeedException {
    StacHttp documents = new StacHttp(http, Clock.systemUTC());
    StacHttp.Document document = root(documents, landingPage);
    JsonNode json = document.json().orElseThrow();
    if (!StacApi.isLandingPage(json)) {
      throw FeedException.lasting(
          StacUris.forPeople(landingPage) + " is a static catalogue, no API that can be searched",
          null);
    }
    return of(documents, document);
  }

  static StacClient of(StacHttp http, StacHttp.Document landingPage) throws FeedException {
    return new StacClient(http, StacApi.of(landingPage.uri(), landingPage.json().orElseThrow()));
  }

  /**
   * The document that a feed's location names.
   *
   * @throws FeedException if it is nothing of STAC
   */
  static StacHttp.Document root(StacHttp http, URI location) throws FeedException {
    StacHttp.Document document;
    try {
      document = http.get(location, Map.of());
    } catch (AccessException e) {
      throw failed(e);
    }
    String place = StacUris.forPeople(location);
    JsonNode json =
        document
            .json()
            .orElseThrow(
                () ->
                    FeedException.passing(
                        place + ": answers 304, not modified, though nothing is here yet", null));
    if (json.path("type").asText().equals("FeatureCollection")) {
      throw FeedException.lasting(
          place + " is a list of items: give the root of the API, without /search or /items", null);
    }
    if (StacApi.link(json, "items").isPresent() && !StacApi.isLandingPage(json)) {
      throw FeedException.lasting(
          "%s is a collection of an API: give the API's root and --collection %s"
              .formatted(place, json.path("id").asText("ID")),
          null);
    }
    if (!json.path("links").isArray()) {
      throw FeedException.lasting(
          place + " is neither a STAC API nor a STAC catalogue: it has no links", null);
    }
    return document;
  }

  /** The time at the server, as far as it tells; else here. */
  public Instant serverNow() {
    return http.serverNow();
  }

  /**
   * Begins a search; the first page is asked for by {@link StacSearch#next}.
   *
   * @param window empty for all times
   * @throws FeedException if the API says that it cannot do what is asked
   */
  public StacSearch search(StacQuery query, Optional<TimeWindow> window) throws FeedException {
    SearchRequest first = SearchRequest.first(api, query, window);
    Optional<SearchRequest> byGet =
        first.body().isPresent()
            ? Optional.of(SearchRequest.first(api.withoutPost(), query, window))
            : Optional.empty();
    return new StacSearch(http, first, byGet, () -> api = api.withoutPost());
  }

  /** What the failure of a request means for a feed. */
  static FeedException failed(AccessException e) {
    return e.canHeal()
        ? FeedException.passing(e.getMessage(), e)
        : FeedException.lasting(e.getMessage(), e);
  }
}
