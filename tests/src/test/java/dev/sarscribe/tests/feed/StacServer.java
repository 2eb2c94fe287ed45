package dev.sarscribe.tests.feed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A STAC API on loopback with bodies as the Planetary Computer's, searched by datetime, or by
 * updated through a filter, and paged by tokens that are offsets into what matches at the moment:
 * so items move between pages while others appear. It fails as it is told to.
 */
public final class StacServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern TIMESTAMP =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");

  /**
   * An item of the server.
   *
   * @param visibleFrom when searches begin to find it
   */
  public record Item(String id, Instant datetime, Instant updated, Instant visibleFrom) {}

  /**
   * How often requests fail, each a probability.
   *
   * @param tooMany 429 with Retry-After of 0 seconds
   * @param serverError 500 or 503
   * @param halfSent a body that ends before its announced length
   * @param expired 400 for a page that is not the first: its token is no longer known
   * @param duplicate a page repeats the last item of the page before
   * @param shuffled a page comes in another order
   */
  public record Faults(
      double tooMany,
      double serverError,
      double halfSent,
      double expired,
      double duplicate,
      double shuffled) {
    public static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);
    public static final Faults MANY = new Faults(0.04, 0.04, 0.03, 0.002, 0.3, 0.3);
  }

  private final LoopbackServer server;
  private final Map<String, Item> items = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final AtomicLong faultsSeen = new AtomicLong();
  private final AtomicInteger stalls = new AtomicInteger();
  private final Random random;
  private volatile Faults faults = Faults.NONE;
  private volatile boolean post = true;
  private volatile boolean declaresPost = true;
  private volatile boolean filter = true;
  private volatile boolean sort = true;
  private volatile boolean ignoresTime;
  private volatile boolean loops;
  private volatile int failWith;
  private volatile String lastRequest = "";

  /** A server without items and without faults. */
  public StacServer(long seed) throws IOException {
    random = new Random(seed);
    server = LoopbackServer.serving(this::answer);
  }

  public URI root() {
    return server.uri("/");
  }

  /** A Sentinel-1 item with an id of its own. */
  public static Item item(int index, Instant datetime, Instant updated, Instant visibleFrom) {
    String id =
        "S1A_IW_GRDH_1SDV_20260101T000000_20260101T000025_%06d_%06X_%04X"
            .formatted(index % 1_000_000, index, index % 65536);
    return new Item(id, datetime, updated, visibleFrom);
  }

  public void put(Item item) {
    items.put(item.id(), item);
  }

  public void fail(Faults how) {
    faults = how;
  }

  /** Every request fails with a status; 0 ends that. */
  public void failWith(int status) {
    failWith = status;
  }

  /** So many searches say nothing for a second. */
  public void stall(int searches) {
    stalls.set(searches);
  }

  public void withoutPost(boolean declared) {
    post = false;
    declaresPost = declared;
  }

  public void withoutFilter() {
    filter = false;
  }

  public void withoutSort() {
    sort = false;
  }

  public void ignoreTime() {
    ignoresTime = true;
  }

  public void loop() {
    loops = true;
  }

  public int requests(String method, String path) {
    AtomicInteger count = requests.get(method + " " + path);
    return count == null ? 0 : count.get();
  }

  /** Requests that were made to fail. */
  public long faultsSeen() {
    return faultsSeen.get();
  }

  /** Body or query of the last search. */
  public String lastRequest() {
    return lastRequest;
  }

  @Override
  public void close() {
    server.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    requests.computeIfAbsent(method + " " + path, k -> new AtomicInteger()).incrementAndGet();
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (failWith != 0) {
      LoopbackServer.json(exchange, failWith, "{\"description\": \"told to fail\"}");
    } else if (path.equals("/")) {
      LoopbackServer.json(exchange, 200, landingPage());
    } else if (path.equals("/search") && (method.equals("GET") || post)) {
      if (stalls.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        LockSupport.parkNanos(1_000_000_000L);
      }
      Map<String, String> question = question(exchange, body);
      if (!fails(exchange, question)) {
        lastRequest = body.length > 0 ? new String(body, StandardCharsets.UTF_8) : question + "";
        sendPage(exchange, page(method, question));
      }
    } else {
      LoopbackServer.json(exchange, path.equals("/search") ? 405 : 404, "{}");
    }
  }

  private String landingPage() {
    String classes = "\"https://api.stacspec.org/v1.0.0/item-search\"";
    if (sort) {
      classes += ", \"https://api.stacspec.org/v1.0.0/item-search#sort\"";
    }
    if (filter) {
      classes +=
          ", \"https://api.stacspec.org/v1.0.0-rc.2/item-search#filter\","
              + " \"http://www.opengis.net/spec/cql2/1.0/conf/cql2-text\","
              + " \"http://www.opengis.net/spec/cql2/1.0/conf/cql2-json\"";
    }
    String search = "{\"rel\": \"search\", \"href\": \"%ssearch\", \"method\": \"%s\"}";
    String links = search.formatted(root(), "GET");
    if (declaresPost) {
      links += ", " + search.formatted(root(), "POST");
    }
    return ("{\"type\": \"Catalog\", \"stac_version\": \"1.0.0\", \"id\": \"loopback\","
            + " \"description\": \"A test\", \"conformsTo\": [%s], \"links\": [%s]}")
        .formatted(classes, links);
  }

  private static Map<String, String> question(HttpExchange exchange, byte[] body)
      throws IOException {
    Map<String, String> question = LoopbackServer.query(exchange);
    if (body.length > 0) {
      JSON.readTree(body)
          .fields()
          .forEachRemaining(
              f ->
                  question.put(
                      f.getKey(),
                      f.getValue().isTextual() ? f.getValue().asText() : f.getValue().toString()));
    }
    return question;
  }

  private synchronized boolean fails(HttpExchange exchange, Map<String, String> question)
      throws IOException {
    double dice = random.nextDouble();
    dice -= faults.tooMany();
    if (dice < 0) {
      exchange.getResponseHeaders().set("Retry-After", "0");
      return failed(exchange, 429);
    }
    dice -= faults.serverError();
    if (dice < 0) {
      return failed(exchange, random.nextBoolean() ? 500 : 503);
    }
    dice -= faults.expired();
    if (dice < 0 && question.containsKey("token")) {
      return failed(exchange, 400);
    }
    return false;
  }

  private boolean failed(HttpExchange exchange, int status) throws IOException {
    faultsSeen.incrementAndGet();
    LoopbackServer.json(exchange, status, "{}");
    return true;
  }

  private ObjectNode page(String method, Map<String, String> question) {
    int limit = Integer.parseInt(question.getOrDefault("limit", "10"));
    int offset = Integer.parseInt(question.getOrDefault("token", "0"));
    List<Item> matching = matching(question);
    int end = Math.min(matching.size(), offset + limit);
    List<Item> chosen = new ArrayList<>(matching.subList(Math.min(offset, end), end));
    decorate(chosen, matching, offset);
    ObjectNode page = JSON.createObjectNode().put("type", "FeatureCollection");
    page.put("numberMatched", matching.size());
    var features = page.putArray("features");
    chosen.forEach(item -> features.add(feature(item)));
    var links = page.putArray("links");
    boolean circle = loops && !matching.isEmpty();
    if (end < matching.size() || circle) {
      int token = circle ? 0 : end;
      ObjectNode link = links.addObject().put("rel", "next").put("method", method);
      if (method.equals("POST")) {
        link.put("href", root() + "search").put("merge", true);
        link.putObject("body").put("token", "" + token);
      } else {
        link.put("href", "search?" + query(question, token));
      }
    }
    return page;
  }

  private List<Item> matching(Map<String, String> question) {
    String range = question.getOrDefault("datetime", question.getOrDefault("filter", ""));
    boolean byUpdated = question.containsKey("filter");
    List<Instant> times = new ArrayList<>();
    Matcher matcher = TIMESTAMP.matcher(range);
    while (matcher.find()) {
      times.add(Instant.parse(matcher.group()));
    }
    Instant now = Instant.now();
    List<Item> matching = new ArrayList<>();
    for (Item item : items.values()) {
      Instant time = byUpdated ? item.updated() : item.datetime();
      boolean inside =
          ignoresTime
              || times.size() < 2
              || (!time.isBefore(times.get(0)) && !time.isAfter(times.get(1)));
      if (inside && !item.visibleFrom().isAfter(now)) {
        matching.add(item);
      }
    }
    Comparator<Item> order =
        Comparator.comparing(byUpdated ? Item::updated : Item::datetime).thenComparing(Item::id);
    // Without a wish the newest come first, so that pages shift while items appear.
    matching.sort(sort && question.containsKey("sortby") ? order : order.reversed());
    return matching;
  }

  private synchronized void decorate(List<Item> chosen, List<Item> matching, int offset) {
    if (offset > 0 && offset <= matching.size() && random.nextDouble() < faults.duplicate()) {
      chosen.add(matching.get(offset - 1));
    }
    if (random.nextDouble() < faults.shuffled()) {
      Collections.shuffle(chosen, random);
    }
  }

  private static String query(Map<String, String> question, int token) {
    Map<String, String> next = new LinkedHashMap<>(question);
    next.put("token", "" + token);
    return String.join(
        "&",
        next.entrySet().stream()
            .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
            .toList());
  }

  private ObjectNode feature(Item item) {
    return feature(item, root());
  }

  /** An item as services publish it, with signed URLs that differ each time. */
  public static ObjectNode feature(Item item, URI root) {
    String id = item.id();
    ObjectNode feature = JSON.createObjectNode();
    feature.put("type", "Feature").put("stac_version", "1.0.0").put("id", id);
    feature.put("collection", "sentinel-1-grd");
    feature.putArray("bbox").add(4.0).add(51.0).add(7.0).add(53.0);
    feature.set("geometry", box(4, 51, 7, 53));
    ObjectNode properties = feature.putObject("properties");
    properties.put("datetime", item.datetime().toString());
    properties.put("updated", item.updated().toString());
    properties.put("platform", "SENTINEL-1A").put("constellation", "Sentinel-1");
    properties.put("sar:instrument_mode", "IW").put("sar:product_type", "GRD");
    properties.put("sar:frequency_band", "C");
    properties.putArray("sar:polarizations").add("VV").add("VH");
    properties.put("sat:orbit_state", "ascending").put("sat:relative_orbit", 88);
    ObjectNode assets = feature.putObject("assets");
    for (String polarization : List.of("vv", "vh")) {
      ObjectNode asset = assets.putObject(polarization);
      asset.put("href", "%sdata/%s/%s.tif?sig=%d".formatted(root, id, polarization, id.hashCode()));
      asset.put("type", "image/tiff; application=geotiff; profile=cloud-optimized");
      asset.putArray("roles").add("data");
    }
    feature
        .putArray("links")
        .addObject()
        .put("rel", "self")
        .put("href", root + "collections/sentinel-1-grd/items/" + id);
    return feature;
  }

  private static JsonNode box(double west, double south, double east, double north) {
    ObjectNode polygon = JSON.createObjectNode().put("type", "Polygon");
    var ring = polygon.putArray("coordinates").addArray();
    double[][] corners = {
      {west, south}, {east, south}, {east, north}, {west, north}, {west, south}
    };
    for (double[] corner : corners) {
      ring.addArray().add(corner[0]).add(corner[1]);
    }
    return polygon;
  }

  private void sendPage(HttpExchange exchange, ObjectNode page) throws IOException {
    byte[] body = JSON.writeValueAsBytes(page);
    boolean half;
    synchronized (this) {
      half = random.nextDouble() < faults.halfSent();
    }
    exchange.getResponseHeaders().set("Content-Type", "application/geo+json");
    exchange.sendResponseHeaders(200, body.length);
    if (half) {
      faultsSeen.incrementAndGet();
      exchange.getResponseBody().write(body, 0, body.length / 2);
      exchange.getResponseBody().flush();
      return; // closing the exchange breaks the connection
    }
    exchange.getResponseBody().write(body);
  }
}
