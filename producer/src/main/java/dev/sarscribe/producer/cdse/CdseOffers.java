package dev.sarscribe.producer.cdse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.imagery.product.AcquisitionTime;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Offer.Content;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.producer.stac.StacItems;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Products of the OData catalogue as offers: each is written as the STAC item that says the same,
 * so that identity, bounds and refusals are those of {@link StacItems}. Immutable.
 *
 * @param feed name of the feed
 * @param catalogue root of the catalogue, without {@code /odata/v1}
 * @param download root of the download service, without {@code /odata/v1}
 * @param reprocessed what becomes of another product of an acquisition
 */
record CdseOffers(String feed, URI catalogue, URI download, Reprocessed reprocessed) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** A Sentinel-1 product has about 30. */
  private static final int MAX_ATTRIBUTES = 500;

  private static final int MAX_CHECKSUMS = 10;
  private static final int MAX_NAME_CHARS = 500;

  /** Multihash codes and lengths of the checksums that the catalogue gives. */
  private static final String MD5 = "d50110";

  private static final String BLAKE3 = "1e20";

  /** The offer of a product; what is no product becomes an offer that is refused. */
  Offer offer(JsonNode product) {
    String id = product.path("Id").asText("");
    String name = isId(id) ? id : "nameless product " + digest(product);
    return new Offer(name, fingerprint(product), published(product), () -> content(product, id));
  }

  /** Offline products are offered again once they are not. */
  private static String fingerprint(JsonNode product) {
    String state =
        checksum(product)
            .or(() -> published(product).map(Instant::toString))
            .orElseGet(() -> digest(product));
    return isOffline(product) ? state + " offline" : state;
  }

  static Optional<Instant> published(JsonNode product) {
    try {
      return Optional.of(AcquisitionTime.parse(product.path("PublicationDate").asText("")));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private Content content(JsonNode product, String id) {
    if (!isId(id) || !product.path("Name").isTextual()) {
      String shown = product.path("Name").asText("product without name");
      shown = shown.substring(0, Math.min(MAX_NAME_CHARS, shown.length()));
      return new Content.Unusable(
          ItemRefusedException.Reason.MALFORMED_ITEM.name(),
          shown + ": is no product of the catalogue: it has no Id or no Name",
          product.toString());
    }
    if (isOffline(product)) {
      return new Content.Unusable(
          ItemRefusedException.Reason.UNSUPPORTED_URI.name(),
          product.path("Name").textValue() + ": is offline; it has to be ordered at the service",
          product.toString());
    }
    try {
      URI self = URI.create(catalogue + "/odata/v1/Products(" + id + ")");
      return new Content.Usable(
          StacItems.acquisition(item(product, id), Optional.of(self), feed, reprocessed));
    } catch (ItemRefusedException e) {
      return new Content.Unusable(e.reason(), e.getMessage(), product.toString());
    }
  }

  private ObjectNode item(JsonNode product, String id) {
    ObjectNode item = JSON.objectNode();
    item.put("type", "Feature").set("id", product.path("Name"));
    item.put("collection", "SENTINEL-1");
    item.set("geometry", product.path("GeoFootprint"));
    item.set("properties", properties(product));
    ObjectNode assets = item.putObject("assets");
    ObjectNode archive = assets.putObject("product");
    archive
        .put("href", download + "/odata/v1/Products(" + id + ")/$value")
        .put("type", "application/zip");
    archive.putArray("roles").add("data").add("archive");
    if (product.path("ContentLength").isIntegralNumber()) {
      archive.set("file:size", product.path("ContentLength"));
    }
    checksum(product).ifPresent(c -> archive.put("file:checksum", c));
    String path = product.path("S3Path").asText("");
    if (path.startsWith("/")) {
      ObjectNode folder = assets.putObject("s3").put("href", "s3:/" + path);
      folder.putArray("roles").add("alternate");
    }
    return item;
  }

  private static ObjectNode properties(JsonNode product) {
    Map<String, JsonNode> attributes = attributes(product);
    ObjectNode properties = JSON.objectNode();
    put(properties, "start_datetime", product.path("ContentDate").path("Start"));
    put(properties, "end_datetime", product.path("ContentDate").path("End"));
    put(properties, "product:type", attributes.get("productType"));
    put(properties, "sar:instrument_mode", attributes.get("operationalMode"));
    put(properties, "sat:absolute_orbit", attributes.get("orbitNumber"));
    put(properties, "sat:relative_orbit", attributes.get("relativeOrbitNumber"));
    put(properties, "sat:orbit_state", attributes.get("orbitDirection"));
    put(properties, "processing:version", attributes.get("processorVersion"));
    put(properties, "processing:datetime", attributes.get("processingDate"));
    text(attributes, "processingLevel")
        .ifPresent(l -> properties.put("processing:level", l.replaceFirst("(?i)^LEVEL-?", "L")));
    Optional<String> satellite = text(attributes, "platformSerialIdentifier");
    satellite.ifPresent(s -> properties.put("platform", "sentinel-1" + s.toLowerCase(Locale.ROOT)));
    text(attributes, "polarisationChannels")
        .ifPresent(
            p -> {
              var polarizations = properties.putArray("sar:polarizations");
              for (String polarization : p.split("[^A-Za-z]+")) {
                polarizations.add(polarization);
              }
            });
    return properties;
  }

  private static void put(ObjectNode properties, String name, JsonNode value) {
    if (value != null && value.isValueNode() && !value.isNull()) {
      properties.set(name, value);
    }
  }

  private static Optional<String> text(Map<String, JsonNode> attributes, String name) {
    return Optional.ofNullable(attributes.get(name))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue)
        .filter(t -> t.length() <= MAX_NAME_CHARS);
  }

  private static Map<String, JsonNode> attributes(JsonNode product) {
    Map<String, JsonNode> attributes = new HashMap<>();
    JsonNode list = product.path("Attributes");
    for (int i = 0; i < Math.min(MAX_ATTRIBUTES, list.size()); i++) {
      attributes.put(list.path(i).path("Name").asText(""), list.path(i).path("Value"));
    }
    return attributes;
  }

  /** As a multihash; MD5 is that of the download, BLAKE3 serves where it is missing. */
  private static Optional<String> checksum(JsonNode product) {
    return checksum(product, "MD5", 32)
        .map(MD5::concat)
        .or(() -> checksum(product, "BLAKE3", 64).map(BLAKE3::concat));
  }

  private static Optional<String> checksum(JsonNode product, String algorithm, int digits) {
    JsonNode list = product.path("Checksum");
    for (int i = 0; i < Math.min(MAX_CHECKSUMS, list.size()); i++) {
      String value = list.path(i).path("Value").asText("");
      boolean named = list.path(i).path("Algorithm").asText("").equalsIgnoreCase(algorithm);
      if (named && value.matches("[0-9A-Fa-f]{" + digits + "}")) {
        return Optional.of(value.toLowerCase(Locale.ROOT));
      }
    }
    return Optional.empty();
  }

  private static boolean isOffline(JsonNode product) {
    return product.path("Online").isBoolean() && !product.path("Online").booleanValue();
  }

  /** It becomes part of URLs. */
  private static boolean isId(String id) {
    return id.matches("[0-9A-Za-z-]{1,100}");
  }

  private static String digest(JsonNode product) {
    return UUID.nameUUIDFromBytes(product.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }
}
