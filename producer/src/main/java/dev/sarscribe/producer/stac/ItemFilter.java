package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Chooses items by what services name differently: applied to items after they are read, so it
 * works the same everywhere. Sets are of upper-case words; an empty one lets everything pass.
 *
 * @param productTypes for instance GRD: {@code product:type} or {@code sar:product_type}
 * @param instrumentModes for instance IW: {@code sar:instrument_mode}
 * @param polarizations at least one of these is in {@code sar:polarizations}
 */
public record ItemFilter(
    Set<String> productTypes, Set<String> instrumentModes, Set<String> polarizations) {
  private static final int MAX_POLARIZATIONS = 8;

  /** Everything. */
  public static final ItemFilter ALL = new ItemFilter(Set.of(), Set.of(), Set.of());

  public ItemFilter {
    productTypes = upperCase(productTypes);
    instrumentModes = upperCase(instrumentModes);
    polarizations = upperCase(polarizations);
  }

  boolean accepts(JsonNode item) {
    JsonNode properties = item.path("properties");
    Stream<String> types =
        Stream.of("product:type", "sar:product_type").map(name -> text(properties.path(name)));
    JsonNode list = properties.path("sar:polarizations");
    Stream<String> channels =
        IntStream.range(0, Math.min(list.size(), MAX_POLARIZATIONS))
            .mapToObj(i -> text(list.path(i)));
    return (productTypes.isEmpty() || types.anyMatch(this::isWantedType))
        && (instrumentModes.isEmpty()
            || instrumentModes.contains(text(properties.path("sar:instrument_mode"))))
        && (polarizations.isEmpty() || channels.anyMatch(polarizations::contains));
  }

  /** GRD is also spelled GRDH, and IW_GRDH_1S. */
  private boolean isWantedType(String type) {
    return Arrays.stream(type.split("[_-]"))
            .anyMatch(
                word ->
                    productTypes.contains(word)
                        || (word.length() > 1
                            && productTypes.contains(word.substring(0, word.length() - 1))))
        || productTypes.contains(type);
  }

  private static String text(JsonNode node) {
    return node.asText("").toUpperCase(Locale.ROOT);
  }

  private static Set<String> upperCase(Set<String> words) {
    return words.stream()
        .map(word -> word.strip().toUpperCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }
}
