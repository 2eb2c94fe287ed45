package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.imagery.product.SentinelName;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.Projection;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * From an acquisition to a STAC 1.1 item with the extensions sar, sat, view, product, projection,
 * processing and file, each declared only where one of its fields is there. The item's id is the
 * acquisition's, and {@code sarscribe:product_id} names the product; {@code attribution} is the
 * notice that users must show. A collection is named only if its place is known from the place of
 * the item it came from, as STAC wants both or none. Static, thread-safe.
 */
public final class StacItemWriter {
  private static final String EXTENSIONS = "https://stac-extensions.github.io/";
  private static final String SAR = EXTENSIONS + "sar/v1.3.0/schema.json";
  private static final String SAT = EXTENSIONS + "sat/v1.1.0/schema.json";
  private static final String VIEW = EXTENSIONS + "view/v1.0.0/schema.json";
  private static final String PRODUCT = EXTENSIONS + "product/v0.1.0/schema.json";
  private static final String PROCESSING = EXTENSIONS + "processing/v1.2.0/schema.json";
  private static final String PROJECTION = EXTENSIONS + "projection/v2.0.0/schema.json";
  private static final String FILE = EXTENSIONS + "file/v2.1.0/schema.json";

  /** The words of the sar extension. */
  private static final Set<String> BANDS = Set.of("P", "L", "S", "C", "X", "Ku", "K", "Ka");

  private static final Set<String> POLARIZATIONS =
      Set.of("HH", "VV", "HV", "VH", "LH", "LV", "RH", "RV", "CH", "CV");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Acquisition acquisition;
  private final AcquisitionSource source;
  private final Set<String> extensions = new TreeSet<>();

  private StacItemWriter(Acquisition acquisition) {
    this.acquisition = acquisition;
    this.source = acquisition.getSource();
  }

  /**
   * The item, or empty if nothing says when the acquisition was made: an item without a time is
   * none.
   */
  public static Optional<ObjectNode> item(Acquisition acquisition) {
    if (acquisition.getSource().getStartTime() == null) {
      return Optional.empty();
    }
    return Optional.of(new StacItemWriter(acquisition).write());
  }

  private ObjectNode write() {
    ObjectNode item = JSON.createObjectNode();
    item.put("type", "Feature");
    item.put("stac_version", "1.1.0");
    ArrayNode declared = item.putArray("stac_extensions");
    item.put("id", source.getAcquisitionId());
    place(item);
    item.set("properties", properties());
    ObjectNode assets = item.putObject("assets");
    for (Asset asset : acquisition.getAssets()) {
      String name = asset.getName();
      for (int i = 2; assets.has(name); i++) {
        name = asset.getName() + "-" + i;
      }
      assets.set(name, asset(asset));
    }
    links(item);
    extensions.forEach(declared::add);
    return item;
  }

  private void place(ObjectNode item) {
    Optional<JsonNode> geometry = geometry(acquisition.getFootprint());
    item.set("geometry", geometry.orElse(JSON.nullNode()));
    geometry.ifPresent(g -> Bounds.of(g).writeTo(item.putArray("bbox")));
  }

  private static Optional<JsonNode> geometry(String footprint) {
    try {
      return Optional.ofNullable(footprint == null ? null : JSON.readTree(footprint))
          .filter(g -> !g.findPath("coordinates").path(0).path(0).isEmpty());
    } catch (JsonProcessingException e) {
      return Optional.empty(); // our own feeds write GeoJSON; what others wrote is not passed on
    }
  }

  private ObjectNode properties() {
    ObjectNode properties = JSON.createObjectNode();
    Instant start = source.getStartTime();
    Instant end = source.getEndTime() == null ? start : source.getEndTime();
    properties.put("datetime", start.plus(Duration.between(start, end).dividedBy(2)).toString());
    properties.put("start_datetime", start.toString());
    properties.put("end_datetime", end.toString());
    text(properties, "platform", source.getPlatform());
    if (source.getPlatform() != null && source.getPlatform().startsWith("sentinel-1")) {
      properties.put("constellation", "sentinel-1");
    }
    if (acquisition.getGsdM() != null && acquisition.getGsdM() > 0) {
      properties.put("gsd", acquisition.getGsdM());
    }
    radar(properties);
    orbit(properties);
    projection(properties);
    processing(properties);
    terms(properties, start);
    properties.put("sarscribe:product_id", source.getProductId());
    return properties;
  }

  private void radar(ObjectNode properties) {
    extended(SAR, properties, "sar:instrument_mode", source.getInstrumentMode());
    extended(SAR, properties, "sar:frequency_band", known(source.getFrequencyBand(), BANDS));
    extended(
        SAR,
        properties,
        "sar:observation_direction",
        known(source.getObservationDirection(), Set.of("left", "right")));
    polarizations(properties, acquisition.getPolarizations());
    extended(PRODUCT, properties, "product:type", source.getProductType());
    if (acquisition.getIncidenceMinDeg() != null && acquisition.getIncidenceMaxDeg() != null) {
      extensions.add(VIEW);
      double middle = (acquisition.getIncidenceMinDeg() + acquisition.getIncidenceMaxDeg()) / 2;
      properties.put("view:incidence_angle", Math.round(middle * 1000) / 1000.0);
    }
  }

  private void polarizations(ObjectNode node, Iterable<String> polarizations) {
    Set<String> known = new LinkedHashSet<>();
    polarizations.forEach(known::add);
    known.retainAll(POLARIZATIONS);
    if (!known.isEmpty()) {
      extensions.add(SAR);
      known.forEach(node.putArray("sar:polarizations")::add);
    }
  }

  private void orbit(ObjectNode properties) {
    extended(
        SAT,
        properties,
        "sat:orbit_state",
        known(source.getOrbitState(), Set.of("ascending", "descending", "geostationary")));
    number(properties, "sat:absolute_orbit", source.getAbsoluteOrbit());
    number(properties, "sat:relative_orbit", source.getRelativeOrbit());
  }

  private void projection(ObjectNode properties) {
    Projection grid = acquisition.getProjection();
    if (grid == null) {
      return;
    }
    String code = grid.getCode();
    // The extension knows codes of an authority only.
    extended(
        PROJECTION,
        properties,
        "proj:code",
        code != null && code.matches("[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+") ? code : null);
    if (!grid.getShape().isEmpty()) {
      extensions.add(PROJECTION);
      grid.getShape().forEach(properties.putArray("proj:shape")::add);
    }
    if (!grid.getTransform().isEmpty()) {
      extensions.add(PROJECTION);
      grid.getTransform().forEach(properties.putArray("proj:transform")::add);
    }
  }

  private void processing(ObjectNode properties) {
    extended(PROCESSING, properties, "processing:level", source.getProcessingLevel());
    extended(PROCESSING, properties, "processing:version", source.getProcessingVersion());
    Instant time = source.getProcessedAt();
    extended(PROCESSING, properties, "processing:datetime", time == null ? null : time.toString());
  }

  private void terms(ObjectNode properties, Instant start) {
    if (source.getLicence() != null) {
      properties.put("license", isUrl(source.getLicence()) ? "other" : spdx(source.getLicence()));
    }
    text(properties, "attribution", source.getAttribution());
    if (SentinelName.attribution(start).equals(source.getAttribution())) {
      ObjectNode esa = properties.putArray("providers").addObject();
      esa.put("name", "ESA").put("url", "https://sentiwiki.copernicus.eu/web/s1-mission");
      esa.putArray("roles").add("producer").add("licensor");
    }
  }

  private ObjectNode asset(Asset asset) {
    ObjectNode node = JSON.createObjectNode();
    node.put("href", asset.getUri());
    text(node, "type", asset.getMediaType());
    if (!asset.getRoles().isEmpty()) {
      asset.getRoles().forEach(node.putArray("roles")::add);
    }
    polarizations(node, asset.getPolarizations());
    if (asset.getSizeBytes() != null) {
      extensions.add(FILE);
      node.put("file:size", asset.getSizeBytes());
    }
    if (asset.getChecksum() != null && isMultihash(asset.getChecksum())) {
      extensions.add(FILE);
      node.put("file:checksum", asset.getChecksum());
    }
    return node;
  }

  private void links(ObjectNode item) {
    ArrayNode links = item.putArray("links");
    Optional<URI> origin = uri(acquisition.getItemUri());
    origin.ifPresent(
        uri ->
            link(links, "via", uri.toString())
                .put("type", "application/geo+json")
                .put("title", "The metadata that this item was made from"));
    String collection = acquisition.getCollection();
    if (collection != null && origin.isPresent()) {
      String path = origin.get().toString();
      int end = path.lastIndexOf("/items/");
      if (end > 0 && path.substring(0, end).endsWith("/collections/" + collection)) {
        item.put("collection", collection);
        link(links, "collection", path.substring(0, end)).put("type", "application/json");
      }
    }
    if (source.getLicence() != null && isUrl(source.getLicence())) {
      link(links, "license", source.getLicence());
    }
  }

  private static ObjectNode link(ArrayNode links, String relation, String href) {
    return links.addObject().put("rel", relation).put("href", href);
  }

  private void extended(String extension, ObjectNode node, String name, String value) {
    if (value != null && !value.isBlank()) {
      extensions.add(extension);
      node.put(name, value);
    }
  }

  /** Orbits count from 1. */
  private void number(ObjectNode node, String name, Integer value) {
    if (value != null && value >= 1) {
      extensions.add(SAT);
      node.put(name, value);
    }
  }

  private static void text(ObjectNode node, String name, String value) {
    if (value != null && !value.isBlank()) {
      node.put(name, value);
    }
  }

  private static String known(String word, Set<String> words) {
    return word != null && words.contains(word) ? word : null;
  }

  private static String spdx(String licence) {
    return licence.matches("[A-Za-z0-9.+-]{1,100}") ? licence : "other";
  }

  private static boolean isUrl(String text) {
    return uri(text).map(u -> String.valueOf(u.getScheme()).matches("https?")).orElse(false);
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.ofNullable(text == null ? null : new URI(text)).filter(URI::isAbsolute);
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** A code and a length of one or two bytes before as many: services also write bare digests. */
  private static boolean isMultihash(String hex) {
    if (!hex.matches("(?:[0-9A-Fa-f]{2}){4,}")) {
      return false;
    }
    int bytes = hex.length() / 2;
    for (int code = 1; code <= 2; code++) {
      boolean goesOn = Integer.parseInt(hex.substring(2 * code - 2, 2 * code), 16) >= 0x80;
      if (!goesOn) {
        return Integer.parseInt(hex.substring(2 * code, 2 * code + 2), 16) == bytes - code - 1;
      }
    }
    return false;
  }

  /** The box of a geometry; across the antimeridian its west is east of its east. */
  private record Bounds(double west, double south, double east, double north) {
    static Bounds of(JsonNode geometry) {
      JsonNode polygons = geometry.path("coordinates");
      if (!geometry.path("type").asText("").equals("MultiPolygon")) {
        polygons = JSON.createArrayNode().add(polygons);
      }
      Bounds all = null;
      Bounds western = null;
      Bounds eastern = null;
      for (JsonNode polygon : polygons) {
        Bounds part = ofRing(polygon.path(0));
        all = part.joined(all);
        if (part.west == -180 && part.east < 180) {
          western = part.joined(western);
        } else if (part.east == 180 && part.west > -180) {
          eastern = part.joined(eastern);
        }
      }
      boolean cut = western != null && eastern != null && western.east < eastern.west;
      return cut ? new Bounds(eastern.west, all.south, western.east, all.north) : all;
    }

    private static Bounds ofRing(JsonNode ring) {
      Bounds bounds = null;
      for (JsonNode p : ring) {
        double x = p.path(0).asDouble();
        double y = p.path(1).asDouble();
        bounds = new Bounds(x, y, x, y).joined(bounds);
      }
      return bounds;
    }

    private Bounds joined(Bounds other) {
      return other == null
          ? this
          : new Bounds(
              Math.min(west, other.west),
              Math.min(south, other.south),
              Math.max(east, other.east),
              Math.max(north, other.north));
    }

    void writeTo(ArrayNode bbox) {
      bbox.add(west).add(south).add(east).add(north);
    }
  }
}
