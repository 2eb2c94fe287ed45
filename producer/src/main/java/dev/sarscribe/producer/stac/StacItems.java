package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.imagery.product.SentinelName;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.ItemRefusedException.Reason;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * From a STAC item (0.9 to 1.1, with the sar, sat, view, processing and projection extensions in
 * their old and new spellings) to an acquisition, by its metadata alone: nothing is fetched.
 * Static, thread-safe.
 */
public final class StacItems {
  /** All that SAR instruments have: linear, and circular or slant transmission. */
  static final Set<String> POLARIZATIONS =
      Set.of("HH", "HV", "VH", "VV", "RH", "RV", "LH", "LV", "CH", "CV", "RR", "RL", "LR", "LL");

  /** Words of product types that are complex, raw, or no image. */
  private static final Set<String> NOT_IMAGES =
      Set.of(
          "SLC", "SSC", "SCS", "RSLC", "GSLC", "SICD", "CPHD", "CRSD", "RAW", "L0", "OCN", "ETA",
          "RIFG", "RUNW", "GUNW", "ROFF", "GOFF");

  private static final double MIN_GSD_M = 1e-3;
  private static final double MAX_GSD_M = 1e5;
  private static final int MAX_POLARIZATIONS = 8;
  private static final int MAX_PROVIDERS = 20;
  private static final int MAX_LINKS = 200;
  private static final int MAX_URI_CHARS = 2000;

  private StacItems() {}

  /**
   * The acquisition that an item describes.
   *
   * @param item the item's JSON
   * @param self where the item was found; else its self link is used
   * @param feed the name of the feed that found it
   * @param policy what becomes of another product of the same acquisition
   * @throws ItemRefusedException if it is no item of an image whose pixels can be fetched
   */
  public static Acquisition acquisition(
      JsonNode item, Optional<URI> self, String feed, Reprocessed policy)
      throws ItemRefusedException {
    ItemFields root = new ItemFields(item.path("id").asText("item without id"), item);
    ItemFields properties = properties(root);
    Optional<URI> place = self.or(() -> link(root, "self"));
    List<String> polarizations =
        properties.texts("sar:polarizations", MAX_POLARIZATIONS).stream()
            .map(p -> p.toUpperCase(Locale.ROOT))
            .filter(POLARIZATIONS::contains)
            .distinct()
            .toList();
    ProductNames names = ProductNames.of(root, properties);
    Optional<SentinelName> sentinel = SentinelName.of(names.productId());
    requireImage(properties, sentinel);
    if (polarizations.isEmpty()) {
      polarizations = sentinel.map(SentinelName::polarizations).orElse(List.of());
    }
    List<Asset> assets = new ItemAssets(root, place, sentinel.isPresent()).read(polarizations);
    if (polarizations.isEmpty()) {
      polarizations =
          assets.stream().flatMap(a -> a.getPolarizations().stream()).distinct().toList();
    }
    var source = source(root, properties, names, sentinel, policy);
    ItemFields pixels = root.of(item.path("assets").path(assets.get(0).getName()));
    Optional<Double> incidence =
        properties
            .number(0, 90, "view:incidence_angle")
            .or(() -> pixels.number(0, 90, "view:incidence_angle"));
    return Acquisition.newBuilder()
        .setSource(source)
        .setPolarizations(polarizations)
        .setFootprint(ItemFootprint.of(root).orElse(null))
        .setGsdM(gsdM(properties).or(() -> gsdM(pixels)).orElse(null))
        .setAssets(assets)
        .setFeed(feed)
        .setPublishedAt(Instant.now())
        .setIncidenceMinDeg(incidence.orElse(null))
        .setIncidenceMaxDeg(incidence.orElse(null))
        .setCollection(root.text("collection").orElse(null))
        .setProjection(
            ItemProjection.of(properties).or(() -> ItemProjection.of(pixels)).orElse(null))
        .setItemUri(place.map(URI::toString).orElse(null))
        .setReprocessed(
            policy == Reprocessed.SKIP ? ReprocessedPolicy.SKIP : ReprocessedPolicy.NEWEST)
        .build();
  }

  private static ItemFields properties(ItemFields root) throws ItemRefusedException {
    JsonNode item = root.node();
    if (!item.path("type").asText("").equals("Feature")) {
      throw root.refused(Reason.MALFORMED_ITEM, "is no STAC item: its type is not Feature");
    }
    if (root.text("id").isEmpty()) {
      throw root.refused(Reason.MALFORMED_ITEM, "has no id of 1 to 500 characters");
    }
    if (!item.path("properties").isObject()) {
      throw root.refused(Reason.MALFORMED_ITEM, "has no properties");
    }
    return root.of(item.path("properties"));
  }

  private static void requireImage(ItemFields properties, Optional<SentinelName> sentinel)
      throws ItemRefusedException {
    boolean radar = sentinel.isPresent();
    for (var names = properties.node().fieldNames(); !radar && names.hasNext(); ) {
      radar = names.next().startsWith("sar:");
    }
    if (!radar) {
      throw properties.refused(
          Reason.UNSUPPORTED_PRODUCT, "is no SAR product: it has no property of the sar extension");
    }
    Optional<String> type = productType(properties, sentinel);
    List<String> kinds =
        Arrays.asList(type.orElse("").toUpperCase(Locale.ROOT).split("[^A-Z0-9]+"));
    if (kinds.stream().anyMatch(NOT_IMAGES::contains)) {
      throw properties.refused(
          Reason.UNSUPPORTED_PRODUCT,
          "is a %s product, which is complex or no image; only detected images are read"
              .formatted(type.orElseThrow()));
    }
  }

  private static AcquisitionSource source(
      ItemFields root,
      ItemFields properties,
      ProductNames names,
      Optional<SentinelName> sentinel,
      Reprocessed policy)
      throws ItemRefusedException {
    Optional<Instant> start = properties.time("start_datetime", "datetime");
    Optional<Instant> end = properties.time("end_datetime", "datetime");
    if (start.isEmpty()) {
      throw root.refused(Reason.MALFORMED_ITEM, "has neither datetime nor start_datetime");
    }
    if (end.isPresent() && end.get().isBefore(start.get())) {
      throw root.refused(Reason.MALFORMED_ITEM, "its end_datetime is before its start_datetime");
    }
    Optional<String> platform = platform(properties, sentinel);
    ItemProcessing processing = ItemProcessing.of(properties);
    return AcquisitionSource.newBuilder()
        .setAcquisitionId(policy == Reprocessed.ALL ? names.idOfProduct() : names.acquisitionId())
        .setProductId(names.productId())
        .setPlatform(platform.orElse(null))
        .setInstrumentMode(
            properties
                .text("sar:instrument_mode")
                .or(() -> sentinel.map(SentinelName::mode))
                .orElse(null))
        .setProductType(productType(properties, sentinel).orElse(null))
        .setStartTime(start.get())
        .setEndTime(end.or(() -> start).get())
        .setOrbitState(
            word(properties, "sat:orbit_state", "ascending", "descending", "geostationary"))
        .setRelativeOrbit(
            properties
                .count("sat:relative_orbit")
                .or(() -> sentinel.flatMap(SentinelName::relativeOrbit))
                .orElse(null))
        .setAbsoluteOrbit(
            properties
                .count("sat:absolute_orbit")
                .or(() -> sentinel.flatMap(SentinelName::absoluteOrbit))
                .orElse(null))
        .setObservationDirection(
            Optional.ofNullable(word(properties, "sar:observation_direction", "left", "right"))
                .or(() -> sentinel.map(n -> SentinelName.OBSERVATION_DIRECTION))
                .orElse(null))
        .setFrequencyBand(
            properties
                .text("sar:frequency_band")
                .or(() -> sentinel.map(n -> SentinelName.FREQUENCY_BAND))
                .orElse(null))
        .setProcessingLevel(processing.level().orElse(null))
        .setProcessingVersion(processing.version().orElse(null))
        .setProcessedAt(processing.time().orElse(null))
        .setLicence(licence(root, properties, platform).orElse(null))
        .setAttribution(attribution(root, properties, platform, start.get()).orElse(null))
        .build();
  }

  private static Optional<String> platform(ItemFields properties, Optional<SentinelName> sentinel) {
    return properties
        .text("platform")
        .map(p -> p.toLowerCase(Locale.ROOT).replaceAll("[ _]+", "-"))
        .or(() -> sentinel.map(SentinelName::platform));
  }

  private static Optional<String> productType(
      ItemFields properties, Optional<SentinelName> sentinel) {
    return properties
        .text("product:type", "sar:product_type")
        .or(() -> sentinel.flatMap(SentinelName::productType));
  }

  private static String word(ItemFields properties, String name, String... words) {
    return properties
        .text(name)
        .map(w -> w.toLowerCase(Locale.ROOT))
        .filter(Arrays.asList(words)::contains)
        .orElse(null);
  }

  private static Optional<Double> gsdM(ItemFields fields) {
    Optional<Double> range = fields.number(MIN_GSD_M, MAX_GSD_M, "sar:pixel_spacing_range");
    Optional<Double> azimuth = fields.number(MIN_GSD_M, MAX_GSD_M, "sar:pixel_spacing_azimuth");
    return fields
        .number(MIN_GSD_M, MAX_GSD_M, "gsd")
        .or(() -> range.flatMap(r -> azimuth.map(a -> (r + a) / 2)))
        .or(() -> range);
  }

  private static boolean isSentinel(Optional<String> platform) {
    return platform.map(p -> p.startsWith("sentinel-1")).orElse(false);
  }

  private static Optional<String> licence(
      ItemFields root, ItemFields properties, Optional<String> platform) {
    Optional<String> stated = properties.text("license").or(() -> root.text("license"));
    Optional<String> linked = link(root, "license").map(URI::toString);
    // These words only say that the terms are elsewhere.
    boolean telling =
        stated.map(s -> !Set.of("proprietary", "various", "other").contains(s)).orElse(false);
    return telling
        ? stated
        : linked
            .or(() -> isSentinel(platform) ? Optional.of(SentinelName.LICENCE) : Optional.empty())
            .or(() -> stated);
  }

  private static Optional<String> attribution(
      ItemFields root, ItemFields properties, Optional<String> platform, Instant start) {
    if (isSentinel(platform)) {
      return Optional.of(SentinelName.attribution(start));
    }
    JsonNode providers = properties.node().path("providers");
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < Math.min(MAX_PROVIDERS, providers.size()); i++) {
      ItemFields provider = root.of(providers.path(i));
      List<String> roles = provider.texts("roles", MAX_PROVIDERS);
      if (roles.contains("licensor") || roles.contains("producer")) {
        provider.text("name").ifPresent(n -> names.append(names.isEmpty() ? "" : ", ").append(n));
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(names.toString());
  }

  /** The first absolute link of a relation; relative ones lead nowhere without the catalogue. */
  private static Optional<URI> link(ItemFields root, String relation) {
    JsonNode links = root.node().path("links");
    for (int i = 0; i < Math.min(MAX_LINKS, links.size()); i++) {
      String href = links.path(i).path("href").asText("");
      boolean usable = !href.isBlank() && href.length() <= MAX_URI_CHARS;
      if (usable && links.path(i).path("rel").asText("").equals(relation)) {
        try {
          URI uri = new URI(href.strip());
          if (uri.isAbsolute() && uri.getRawUserInfo() == null && !isFile(uri)) {
            return Optional.of(uri);
          }
        } catch (URISyntaxException e) {
          continue; // a link that is none is as good as absent
        }
      }
    }
    return Optional.empty();
  }

  /** What an item says of itself must not let it name files of the machine that reads it. */
  private static boolean isFile(URI uri) {
    return "file".equalsIgnoreCase(uri.getScheme());
  }
}
