package dev.sarscribe.producer.cdse;

import static dev.sarscribe.testing.LoopbackServer.json;
import static dev.sarscribe.testing.LoopbackServer.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server that behaves as the documentation of the Copernicus Data Space says. */
final class DataSpace implements AutoCloseable {
  static final String PASSWORD = "open sesame";
  static final String SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern FROM = Pattern.compile("PublicationDate ge (\\S+)");
  private static final Pattern TO = Pattern.compile("PublicationDate lt (\\S+)");

  final List<ObjectNode> products = new ArrayList<>();
  final List<ObjectNode> queue = new ArrayList<>();
  final List<String> acknowledged = new ArrayList<>();
  final List<String> filters = new ArrayList<>();
  int refusals;
  int tokens;
  int catalogueRequests;
  String nextLinkHost = "";

  /** Called at each acknowledgement, before it has an effect. */
  Runnable beforeAcknowledgement = () -> {};

  private final LoopbackServer server;
  private String validToken = "";
  private int notifications;

  DataSpace() throws IOException {
    server = LoopbackServer.serving(this::handle);
  }

  URI root() {
    return server.uri("");
  }

  /** Every token that was issued is refused from now on. */
  synchronized void expireTokens() {
    validToken = "none";
  }

  static ObjectNode product(int number, String published) {
    String name =
        "S1A_IW_GRDH_1SDV_20260101T0000%02d_20260101T0001%02d_%06d_07C%03d_1A2B.SAFE"
            .formatted(number % 60, number % 60, 62000 + number, number % 1000);
    ObjectNode product = JSON.createObjectNode();
    product.put("Id", "00000000-0000-0000-0000-%012d".formatted(number)).put("Name", name);
    product.put("ContentLength", 1_000_000_000L + number).put("Online", true);
    product.put("PublicationDate", published);
    product.put("S3Path", "/eodata/Sentinel-1/SAR/IW_GRDH_1S/2026/01/01/" + name);
    product
        .putObject("ContentDate")
        .put("Start", "2026-01-01T00:00:00.000000Z")
        .put("End", "2026-01-01T00:01:00.000000Z");
    ObjectNode sum = product.putArray("Checksum").addObject();
    sum.put("Algorithm", "MD5").put("Value", "%032x".formatted(number));
    ObjectNode footprint = product.putObject("GeoFootprint").put("type", "Polygon");
    ArrayNode ring = footprint.putArray("coordinates").addArray();
    for (double[] p : new double[][] {{10, 44}, {12, 44}, {12, 46}, {10, 46}, {10, 44}}) {
      ring.addArray().add(p[0]).add(p[1]);
    }
    ArrayNode attributes = product.putArray("Attributes");
    attribute(attributes, "productType", "IW_GRDH_1S");
    attribute(attributes, "operationalMode", "IW");
    attribute(attributes, "orbitDirection", "DESCENDING");
    attribute(attributes, "processingLevel", "LEVEL1");
    attribute(attributes, "processorVersion", "003.91");
    attribute(attributes, "processingDate", "2026-01-01T02:00:00.000000+00:00");
    attribute(attributes, "platformSerialIdentifier", "A");
    attribute(attributes, "polarisationChannels", "VV&VH");
    attributes.addObject().put("Name", "orbitNumber").put("Value", 62000 + number);
    attributes.addObject().put("Name", "relativeOrbitNumber").put("Value", 22);
    return product;
  }

  private static void attribute(ArrayNode attributes, String name, String value) {
    attributes.addObject().put("Name", name).put("Value", value).put("ValueType", "String");
  }

  synchronized void publish(ObjectNode product) {
    products.add(product);
  }

  /** Puts a notification at the end of the queue. */
  synchronized void enqueue(String event, ObjectNode product) {
    ObjectNode notification = JSON.createObjectNode();
    notification.put("SubscriptionEvent", event);
    notification.put("SubscriptionId", SUBSCRIPTION);
    notification.put("AckId", "ack %d=".formatted(notifications++));
    notification.set("value", product);
    queue.add(notification);
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (refusals > 0) {
      refusals--;
      exchange.getResponseHeaders().add("Retry-After", "0");
      json(exchange, 429, "{}");
    } else if (path.equals("/token")) {
      token(exchange);
    } else if (path.equals("/odata/v1/Products")) {
      products(exchange);
    } else if (path.startsWith("/odata/v1/Subscriptions(" + SUBSCRIPTION + ")/")) {
      subscription(exchange, path.substring(path.lastIndexOf('/') + 1));
    } else {
      json(exchange, 404, "{}");
    }
  }

  private void token(HttpExchange exchange) throws IOException {
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    boolean right =
        URLDecoder.decode(form, StandardCharsets.UTF_8).contains("password=" + PASSWORD);
    if (!right) {
      json(exchange, 401, "{\"error\": \"invalid_grant\"}");
      return;
    }
    tokens++;
    validToken = "token" + tokens;
    json(
        exchange,
        200,
        "{\"access_token\": \"%s\", \"expires_in\": 600, \"token_type\": \"Bearer\"}"
            .formatted(validToken));
  }

  private void products(HttpExchange exchange) throws IOException {
    Map<String, String> query = query(exchange);
    catalogueRequests++;
    filters.add(query.get("$filter"));
    String from = group(FROM, query.get("$filter"), "");
    String to = group(TO, query.get("$filter"), "9999");
    List<ObjectNode> matching =
        products.stream()
            .filter(p -> published(p).compareTo(from) >= 0 && published(p).compareTo(to) < 0)
            .sorted(Comparator.comparing(DataSpace::published))
            .toList();
    int skip = Integer.parseInt(query.getOrDefault("$skip", "0"));
    int top = Integer.parseInt(query.get("$top"));
    ObjectNode page = JSON.createObjectNode();
    ArrayNode value = page.putArray("value");
    matching.stream().skip(skip).limit(top).forEach(value::add);
    if (skip + top < matching.size()) {
      String raw = exchange.getRequestURI().getRawQuery().replaceFirst("&\\$skip=\\d+", "");
      String host = nextLinkHost.isEmpty() ? root().toString() : nextLinkHost;
      // As the service does: not all of it encoded.
      page.put(
          "@odata.nextLink",
          host + "/odata/v1/Products?" + raw.replace("%27", "'") + "&$skip=" + (skip + top));
    }
    json(exchange, 200, page.toString());
  }

  private static String published(JsonNode product) {
    return product.path("PublicationDate").textValue();
  }

  private void subscription(HttpExchange exchange, String action) throws IOException {
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    if (validToken.isEmpty() || !("Bearer " + validToken).equals(shown)) {
      json(exchange, 401, "{\"detail\": \"Token is expired\"}");
    } else if (action.equals("Read") && exchange.getRequestMethod().equals("GET")) {
      int top = Math.min(20, Integer.parseInt(query(exchange).get("$top")));
      json(exchange, 200, queue.stream().limit(top).toList().toString());
    } else if (action.equals("Ack") && exchange.getRequestMethod().equals("POST")) {
      beforeAcknowledgement.run();
      acknowledge(query(exchange).get("$ackid"));
      json(exchange, 200, "{}");
    } else {
      json(exchange, 405, "{}");
    }
  }

  private void acknowledge(String id) {
    for (int i = 0; i < queue.size(); i++) {
      if (queue.get(i).path("AckId").textValue().equals(id)) {
        acknowledged.add(id);
        queue.subList(0, i + 1).clear();
        return;
      }
    }
  }

  private static String group(Pattern pattern, String text, String otherwise) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Instant.parse(matcher.group(1)).toString() : otherwise;
  }

  @Override
  public void close() {
    server.close();
  }
}
