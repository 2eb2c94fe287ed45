package dev.sarscribe.connect;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** A STAC API that is searched by GET and gives small pages. */
final class CatalogueServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LoopbackServer server;
  private final List<ObjectNode> items = new ArrayList<>();
  private int pages;
  private int pagesAtOnce = Integer.MAX_VALUE;
  private final Deque<Integer> failures = new ArrayDeque<>();
  private int failed;

  CatalogueServer() throws IOException {
    server = LoopbackServer.serving(this::handle);
  }

  URI root() {
    return server.uri("/");
  }

  /** Pages that were asked for so far. */
  synchronized int pages() {
    return pages;
  }

  /** Fails so many requests more with a status, before it answers again. */
  synchronized void fail(int status, int requests) {
    failures.addAll(Collections.nCopies(requests, status));
  }

  /** Requests that failed. */
  synchronized int failed() {
    return failed;
  }

  /** Leaves every request for a page after so many without an answer until {@link #release}. */
  synchronized void holdAfter(int answered) {
    pagesAtOnce = answered;
  }

  synchronized void release() {
    pagesAtOnce = Integer.MAX_VALUE;
    notifyAll();
  }

  synchronized void add(String id, String productType, Instant time) throws IOException {
    String item =
        """
        {"type": "Feature", "stac_version": "1.1.0", "id": "%s", "collection": "sar", "links": [],
         "geometry": {"type": "Polygon",
           "coordinates": [[[1, 44], [3, 44], [3, 46], [1, 46], [1, 44]]]},
         "bbox": [1, 44, 3, 46],
         "properties": {"datetime": "%s", "platform": "capella-2", "product:type": "%s",
           "sar:polarizations": ["HH"]},
         "assets": {"hh": {"href": "https://data.example/%s.tif", "roles": ["data"],
           "type": "image/tiff; application=geotiff"}}}
        """
            .formatted(id, time, productType, id);
    items.add((ObjectNode) JSON.readTree(item));
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    if (!failures.isEmpty()) {
      failed++;
      exchange.getResponseHeaders().set("Retry-After", "0");
      LoopbackServer.answer(exchange, failures.remove(), "");
      return;
    }
    ObjectNode answer =
        exchange.getRequestURI().getPath().equals("/search")
            ? page(LoopbackServer.query(exchange))
            : landingPage();
    LoopbackServer.json(exchange, 200, answer.toString());
  }

  private ObjectNode landingPage() {
    ObjectNode page = JSON.createObjectNode();
    page.put("type", "Catalog").put("id", "test").put("stac_version", "1.0.0");
    page.putArray("conformsTo")
        .add("https://api.stacspec.org/v1.0.0/core")
        .add("https://api.stacspec.org/v1.0.0/item-search");
    page.putArray("links")
        .addObject()
        .put("rel", "search")
        .put("type", "application/geo+json")
        .put("href", root() + "search");
    return page;
  }

  private ObjectNode page(Map<String, String> query) {
    pages++;
    while (pages > pagesAtOnce) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        pagesAtOnce = Integer.MAX_VALUE;
      }
    }
    String[] window = query.get("datetime").split("/");
    List<ObjectNode> matching =
        items.stream().filter(i -> isWithin(i, window[0], window[1])).toList();
    int from = Integer.parseInt(query.getOrDefault("token", "0"));
    int limit = Integer.parseInt(query.get("limit"));
    ObjectNode page = JSON.createObjectNode();
    page.put("type", "FeatureCollection");
    ArrayNode features = page.putArray("features");
    matching.stream().skip(from).limit(limit).forEach(features::add);
    ArrayNode links = page.putArray("links");
    if (from + limit < matching.size()) {
      String next =
          "search?datetime=%s&limit=%d&token=%d"
              .formatted(query.get("datetime"), limit, from + limit);
      links.addObject().put("rel", "next").put("href", root() + next);
    }
    return page;
  }

  private static boolean isWithin(ObjectNode item, String from, String to) {
    Instant time = Instant.parse(item.path("properties").path("datetime").textValue());
    return !time.isBefore(Instant.parse(from)) && !time.isAfter(Instant.parse(to));
  }

  @Override
  public void close() {
    server.close();
  }
}
