package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.producer.FeedException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One request for a page.
 *
 * @param body of a POST; empty for a GET
 * @param headers that a link asks for
 */
record SearchRequest(URI uri, Optional<ObjectNode> body, Map<String, String> headers) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  SearchRequest {
    headers = Map.copyOf(headers);
  }

  /**
   * The request for the first page.
   *
   * @throws FeedException if the API cannot do what is asked
   */
  static SearchRequest first(StacApi api, StacQuery query, Optional<TimeWindow> window)
      throws FeedException {
    requireAbilities(api, query, window);
    boolean text = query.filter().orElse(null) instanceof StacQuery.Filter.Text;
    // CQL2 as text has its place in a URL, as JSON in a body; few servers take them elsewhere.
    if (api.post().isPresent() && !text) {
      return new SearchRequest(
          api.post().orElseThrow(), Optional.of(body(api, query, window)), Map.of());
    }
    return new SearchRequest(
        StacUris.withParameters(api.get(), parameters(api, query, window)),
        Optional.empty(),
        Map.of());
  }

  /** Tells this request from any other of a search. */
  String identity() {
    return uri + " " + body.map(ObjectNode::toString).orElse("") + " " + headers;
  }

  private static void requireAbilities(StacApi api, StacQuery query, Optional<TimeWindow> window)
      throws FeedException {
    String place = StacUris.forPeople(api.root());
    if (query.filter().isPresent()) {
      boolean text = query.filter().orElseThrow() instanceof StacQuery.Filter.Text;
      if (text ? !api.filterText() : !api.filterJson()) {
        throw FeedException.lasting(
            "%s: this API does not filter by CQL2 as %s".formatted(place, text ? "text" : "JSON"),
            null);
      }
    }
    if (query.query().isPresent() && !api.query()) {
      throw FeedException.lasting(
          place + ": this API does not have the query extension; is --filter what you want?", null);
    }
    boolean byProperty = window.isPresent() && !window.orElseThrow().isByDatetime();
    if (byProperty && !api.filterText() && !api.filterJson() && !api.query()) {
      throw FeedException.lasting(
          "%s: this API cannot filter, so not by %s either; only by datetime"
              .formatted(place, window.orElseThrow().property()),
          null);
    }
  }

  private static ObjectNode body(StacApi api, StacQuery query, Optional<TimeWindow> window) {
    ObjectNode body = JSON.objectNode();
    if (!query.collections().isEmpty()) {
      query.collections().forEach(body.putArray("collections")::add);
    }
    if (!query.ids().isEmpty()) {
      query.ids().forEach(body.putArray("ids")::add);
    }
    if (query.area() instanceof StacQuery.Area.Box box) {
      box.numbers().forEach(body.putArray("bbox")::add);
    } else if (query.area() instanceof StacQuery.Area.Geometry geometry) {
      body.set("intersects", geometry.geoJson());
    }
    window.filter(TimeWindow::isByDatetime).ifPresent(w -> body.put("datetime", w.interval()));
    Optional<TimeWindow> byProperty = window.filter(w -> !w.isByDatetime());
    Optional<JsonNode> filter = Cql2.json(query.filter(), byProperty.filter(w -> api.filterJson()));
    filter.ifPresent(f -> body.put("filter-lang", "cql2-json").set("filter", f));
    queryOf(query, byProperty.filter(w -> !api.filterJson())).ifPresent(q -> body.set("query", q));
    if (api.sort()) {
      window.ifPresent(
          w ->
              body.putArray("sortby")
                  .addObject()
                  .put("field", "properties." + w.property())
                  .put("direction", "asc"));
    }
    return body.put("limit", query.limit());
  }

  private static Map<String, String> parameters(
      StacApi api, StacQuery query, Optional<TimeWindow> window) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (!query.collections().isEmpty()) {
      parameters.put("collections", String.join(",", query.collections()));
    }
    if (!query.ids().isEmpty()) {
      parameters.put("ids", String.join(",", query.ids()));
    }
    if (query.area() instanceof StacQuery.Area.Box box) {
      parameters.put("bbox", String.join(",", box.numbers().stream().map(n -> "" + n).toList()));
    } else if (query.area() instanceof StacQuery.Area.Geometry geometry) {
      parameters.put("intersects", geometry.geoJson().toString());
    }
    window
        .filter(TimeWindow::isByDatetime)
        .ifPresent(w -> parameters.put("datetime", w.interval()));
    Optional<TimeWindow> byProperty = window.filter(w -> !w.isByDatetime());
    boolean filters = api.filterText() || api.filterJson();
    if (query.filter().orElse(null) instanceof StacQuery.Filter.Json || !api.filterText()) {
      Cql2.json(query.filter(), byProperty.filter(w -> filters))
          .ifPresent(f -> putFilter(parameters, "cql2-json", f.toString()));
    } else {
      Cql2.text(query.filter(), byProperty.filter(w -> filters))
          .ifPresent(f -> putFilter(parameters, "cql2-text", f));
    }
    queryOf(query, byProperty.filter(w -> !filters))
        .ifPresent(q -> parameters.put("query", q.toString()));
    if (api.sort()) {
      window.ifPresent(w -> parameters.put("sortby", "+properties." + w.property()));
    }
    parameters.put("limit", Integer.toString(query.limit()));
    return parameters;
  }

  private static void putFilter(Map<String, String> parameters, String language, String filter) {
    parameters.put("filter-lang", language);
    parameters.put("filter", filter);
  }

  /** The older extension, where the API has no other way to a property. */
  private static Optional<ObjectNode> queryOf(StacQuery query, Optional<TimeWindow> window) {
    if (query.query().isEmpty() && window.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode all = query.query().map(ObjectNode::deepCopy).orElseGet(JSON::objectNode);
    window.ifPresent(
        w -> {
          ObjectNode range = all.withObject("/" + w.property());
          range.put("gte", w.from().toString()).put("lte", w.to().toString());
        });
    return Optional.of(all);
  }
}
