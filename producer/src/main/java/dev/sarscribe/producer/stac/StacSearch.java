package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.access.AccessException;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A search, page by page, by the links that the API gives. Links that lead in a circle end it with
 * an error, as does a number of pages that no search of ours has. Not thread-safe.
 */
public final class StacSearch {
  /** Two million items at a hundred per page. */
  private static final int MAX_PAGES = 20_000;

  private static final int MAX_HEADERS = 20;

  /** A link chooses neither whom we are nor how the message is framed. */
  private static final Set<String> FORBIDDEN_HEADERS =
      Set.of(
          "authorization",
          "connection",
          "content-length",
          "content-type",
          "cookie",
          "host",
          "proxy-authorization",
          "transfer-encoding",
          "upgrade");

  private final StacHttp http;
  private final Optional<SearchRequest> byGet;
  private final Runnable postIsRefused;
  private final Set<String> asked = new HashSet<>();
  private Optional<SearchRequest> next;

  StacSearch(
      StacHttp http, SearchRequest first, Optional<SearchRequest> byGet, Runnable postIsRefused) {
    this.http = http;
    this.next = Optional.of(first);
    this.byGet = byGet;
    this.postIsRefused = postIsRefused;
  }

  /**
   * Asks for the next page.
   *
   * @return empty after the last one
   * @throws FeedException if it could not be had; the search is over then
   */
  public Optional<StacPage> next() throws FeedException {
    if (next.isEmpty()) {
      return Optional.empty();
    }
    SearchRequest request = next.orElseThrow();
    next = Optional.empty();
    if (!asked.add(digest(request))) {
      throw FeedException.passing(
          "%s: page %d links to a page that was read before"
              .formatted(StacUris.forPeople(request.uri()), asked.size()),
          null);
    }
    if (asked.size() > MAX_PAGES) {
      throw FeedException.passing(
          "%s: more than %d pages".formatted(StacUris.forPeople(request.uri()), MAX_PAGES), null);
    }
    try {
      return Optional.of(page(request, ask(request)));
    } catch (AccessException e) {
      if (isPostUnknown(request, e)) {
        postIsRefused.run();
        next = byGet;
        return next();
      }
      throw failed(e);
    }
  }

  /** The first page worked: a link that does not is one that has expired, and not the search. */
  private FeedException failed(AccessException e) {
    boolean expired =
        asked.size() > 1
            && (e.reason() == AccessException.Reason.HTTP_ERROR
                || e.reason() == AccessException.Reason.NOT_FOUND);
    return expired ? FeedException.passing(e.getMessage(), e) : StacClient.failed(e);
  }

  private boolean isPostUnknown(SearchRequest request, AccessException e) {
    int status = e.status().orElse(0);
    return asked.size() == 1
        && request.body().isPresent()
        && byGet.isPresent()
        && (status == 404 || status == 405 || status == 501);
  }

  private StacHttp.Document ask(SearchRequest request) throws AccessException, FeedException {
    return request.body().isPresent()
        ? http.post(request.uri(), request.body().orElseThrow(), request.headers())
        : http.get(request.uri(), request.headers());
  }

  private StacPage page(SearchRequest request, StacHttp.Document document) throws FeedException {
    JsonNode json = document.json().orElse(JsonNodeFactory.instance.missingNode());
    if (!json.path("features").isArray()) {
      throw FeedException.passing(
          StacUris.forPeople(document.uri()) + ": the answer has no features: it is no page", null);
    }
    List<JsonNode> items = new ArrayList<>();
    json.path("features").forEach(items::add);
    Optional<JsonNode> link = StacApi.link(json, "next");
    if (link.isPresent()) {
      next = Optional.of(following(request, document.uri(), link.orElseThrow()));
    }
    return new StacPage(document.uri(), items, matched(json), next.isEmpty());
  }

  private static SearchRequest following(SearchRequest from, URI base, JsonNode link)
      throws FeedException {
    URI uri =
        StacUris.resolve(base, link.path("href").asText())
            .orElseThrow(
                () ->
                    FeedException.passing(
                        StacUris.forPeople(base) + ": the link to the next page is no URL", null));
    boolean merge = link.path("merge").asBoolean(false);
    Map<String, String> headers = new HashMap<>(merge ? from.headers() : Map.of());
    link.path("headers")
        .fields()
        .forEachRemaining(
            field -> {
              boolean allowed =
                  !FORBIDDEN_HEADERS.contains(field.getKey().toLowerCase(Locale.ROOT))
                      && field.getKey().matches("[A-Za-z0-9-]{1,100}")
                      && !field.getValue().asText().matches("(?s).*\\p{Cntrl}.*");
              if (allowed && headers.size() < MAX_HEADERS) {
                headers.put(field.getKey(), field.getValue().asText());
              }
            });
    if (!link.path("method").asText("GET").equalsIgnoreCase("POST")) {
      return new SearchRequest(uri, Optional.empty(), headers);
    }
    ObjectNode before = from.body().orElseGet(JsonNodeFactory.instance::objectNode);
    // A link without a body means the same question at another address.
    ObjectNode body =
        link.path("body") instanceof ObjectNode given
            ? (merge ? (ObjectNode) before.deepCopy().setAll(given) : given)
            : before;
    return new SearchRequest(uri, Optional.of(body), headers);
  }

  private static OptionalLong matched(JsonNode json) {
    for (String pointer :
        List.of("/numberMatched", "/context/matched", "/search:metadata/matched")) {
      JsonNode value = json.at(pointer);
      if (value.isIntegralNumber() && value.asLong() >= 0) {
        return OptionalLong.of(value.asLong());
      }
    }
    return OptionalLong.empty();
  }

  /** Requests carry tokens of any length; their digests do not. */
  private static String digest(SearchRequest request) {
    return CanonicalJson.digest(request.identity());
  }
}
