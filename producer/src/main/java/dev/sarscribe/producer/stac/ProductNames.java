package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.imagery.product.SentinelName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ids of an item. The id of a Sentinel-1 product is cut by {@link
 * SentinelName#acquisitionId(String)}; items of other missions have ids without a processing
 * suffix, so they are taken as they are (the times at the end of a Capella id are those of the
 * image and belong to it).
 *
 * @param acquisitionId safe in keys and paths
 * @param productId the product as delivered, with its processing suffix if the item says it
 */
record ProductNames(String acquisitionId, String productId) {
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9._-]{1,200}");
  private static final Pattern SUFFIXED = Pattern.compile("_([0-9A-F]{4})(?![0-9A-Za-z])");
  private static final int READABLE_CHARS = 100;

  /** The product's id as the id of an acquisition. */
  String idOfProduct() {
    return safe(productId);
  }

  static ProductNames of(ItemFields root, ItemFields properties) {
    String id = SentinelName.unpacked(root.text("id").orElse(root.itemId()));
    String acquisition = SentinelName.acquisitionId(id);
    if (SentinelName.of(id).isEmpty() || isDerived(acquisition)) {
      return new ProductNames(safe(id), id);
    }
    String product =
        properties
            .text("s1:product_identifier")
            .map(SentinelName::unpacked)
            .filter(p -> SentinelName.acquisitionId(p).equals(acquisition))
            .or(() -> acquisition.equals(id) ? inHrefs(root, acquisition) : Optional.empty())
            .orElse(id);
    return new ProductNames(safe(acquisition), product);
  }

  /** A name that goes on after the data take, as with {@code _rtc}, is another product's. */
  private static boolean isDerived(String acquisition) {
    return !acquisition.matches("(?i).*_[0-9A-F]{6}_[0-9A-F]{6}");
  }

  /** Where the id has no suffix, the folder of the assets has the product's whole name. */
  private static Optional<String> inHrefs(ItemFields root, String acquisition) {
    int assets = 0;
    for (JsonNode asset : root.node().path("assets")) {
      String href = root.of(asset).text("href").orElse("");
      int at = href.indexOf(acquisition);
      if (at >= 0) {
        Matcher suffix = SUFFIXED.matcher(href).region(at + acquisition.length(), href.length());
        if (suffix.lookingAt()) {
          return Optional.of(acquisition + suffix.group());
        }
      }
      if (++assets > ItemAssets.MAX_ASSETS) {
        break;
      }
    }
    return Optional.empty();
  }

  /** Ids become parts of keys and file names; one that is not fit for it gets a digest. */
  private static String safe(String id) {
    if (SAFE.matcher(id).matches()) {
      return id;
    }
    String readable = id.replaceAll("[^A-Za-z0-9._-]", "_");
    readable = readable.substring(0, Math.min(READABLE_CHARS, readable.length()));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return readable + "-" + HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
