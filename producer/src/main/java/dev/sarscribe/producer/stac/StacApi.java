package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a STAC API says of itself on its landing page: where it is searched, and how.
 *
 * @param root the landing page
 * @param get where it is searched by GET; every API can
 * @param post where it is searched by POST, if it says that it is
 * @param filterText whether it takes CQL2 as text
 * @param filterJson whether it takes CQL2 as JSON
 * @param query whether it takes the older query extension
 * @param sort whether it sorts
 */
record StacApi(
    URI root,
    URI get,
    Optional<URI> post,
    boolean filterText,
    boolean filterJson,
    boolean query,
    boolean sort) {
  /** Landing pages of large services list some thousand collections and classes. */
  private static final int MAX_CLASSES = 10_000;

  /** Whether a document is the landing page of an API; else it is part of a static catalogue. */
  static boolean isLandingPage(JsonNode document) {
    return document.path("conformsTo").isArray() || link(document, "search").isPresent();
  }

  /**
   * Reads a landing page.
   *
   * @throws FeedException if the API has no search
   */
  static StacApi of(URI root, JsonNode landingPage) throws FeedException {
    Set<String> classes = classes(landingPage);
    Optional<URI> get = Optional.empty();
    Optional<URI> post = Optional.empty();
    for (JsonNode link : landingPage.path("links")) {
      if (link.path("rel").asText().equals("search")) {
        Optional<URI> uri = StacUris.resolve(root, link.path("href").asText());
        if (link.path("method").asText("GET").equalsIgnoreCase("POST")) {
          post = post.or(() -> uri);
        } else {
          get = get.or(() -> uri);
        }
      }
    }
    if (get.isEmpty() && post.isEmpty() && !has(classes, "item-search")) {
      throw FeedException.lasting(
          StacUris.forPeople(root) + ": this API says nothing of a search (rel=search)", null);
    }
    Optional<URI> named = post;
    URI byGet = get.or(() -> named).orElseGet(() -> StacUris.child(root, "search"));
    boolean filter = has(classes, "#filter") || has(classes, "/conf/filter");
    boolean text = has(classes, "cql2-text");
    boolean json = has(classes, "cql2-json");
    return new StacApi(
        root,
        byGet,
        post,
        text || (filter && !json),
        json || (filter && !text),
        has(classes, "item-search#query"),
        has(classes, "item-search#sort"));
  }

  /** The same without POST, which it offers and does not know. */
  StacApi withoutPost() {
    return new StacApi(root, get, Optional.empty(), filterText, filterJson, query, sort);
  }

  static Optional<JsonNode> link(JsonNode document, String relation) {
    for (JsonNode link : document.path("links")) {
      if (link.path("rel").asText().equals(relation)) {
        return Optional.of(link);
      }
    }
    return Optional.empty();
  }

  private static Set<String> classes(JsonNode landingPage) {
    Set<String> classes = new HashSet<>();
    for (JsonNode name : landingPage.path("conformsTo")) {
      if (classes.size() < MAX_CLASSES) {
        classes.add(name.asText());
      }
    }
    return classes;
  }

  /** By a part of its URI: the versions before it differ from service to service. */
  private static boolean has(Set<String> classes, String part) {
    return classes.stream().anyMatch(c -> c.contains(part));
  }
}
