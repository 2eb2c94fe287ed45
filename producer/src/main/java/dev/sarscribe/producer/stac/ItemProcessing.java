package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.producer.ItemRefusedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How an item's product was made, by the item or, where it is silent, by one of its providers. */
record ItemProcessing(Optional<String> level, Optional<String> version, Optional<Instant> time) {
  private static final int MAX_PROVIDERS = 20;

  static ItemProcessing of(ItemFields properties) throws ItemRefusedException {
    List<ItemFields> places = new ArrayList<>();
    places.add(properties);
    JsonNode providers = properties.node().path("providers");
    for (int i = 0; i < Math.min(MAX_PROVIDERS, providers.size()); i++) {
      places.add(properties.of(providers.path(i)));
    }
    Optional<String> level = Optional.empty();
    Optional<String> version = Optional.empty();
    for (ItemFields place : places) {
      level = level.or(() -> level(place));
      version = version.or(() -> place.text("processing:version")).or(() -> software(place));
    }
    return new ItemProcessing(
        level, version, properties.time("processing:datetime", "s1:processing_datetime"));
  }

  /** Sentinel-1 items of Azure and AWS have the bare digit of the manifest. */
  private static Optional<String> level(ItemFields place) {
    return place
        .text("processing:level")
        .or(() -> place.text("s1:processing_level").map(l -> l.matches("\\d") ? "L" + l : l));
  }

  /** The version of the one processor; of several none is the product's. */
  private static Optional<String> software(ItemFields place) {
    JsonNode software = place.node().path("processing:software");
    if (!software.isObject() || software.size() != 1) {
      return Optional.empty();
    }
    Map.Entry<String, JsonNode> only = software.properties().iterator().next();
    return place.of(software).text(only.getKey());
  }
}
