package dev.sarscribe.producer.stac;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sarscribe.producer.ItemRefusedException;
import dev.sarscribe.producer.ItemRefusedException.Reason;
import dev.sarscribe.schemas.avro.Asset;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The assets of an item. Those with pixels come first and are the only ones with the role {@code
 * data}: the archive of a whole Sentinel-1 product if there is one, else the rasters of
 * backscatter.
 */
final class ItemAssets {
  /** A Sentinel-1 GRD has about 20, an SLC 60. */
  static final int MAX_ASSETS = 200;

  /** Leaves room for the footprint in a record of 256 KiB. */
  private static final int MAX_ASSET_CHARS = 128 * 1024;

  private static final int MAX_URI_CHARS = 2000;
  private static final int MAX_ROLES = 20;
  private static final int MAX_BANDS = 50;

  /** The roles of rasters of backscatter; STAC's sar extension recommends the others. */
  private static final Set<String> PIXEL_ROLES =
      Set.of("data", "amplitude", "magnitude", "intensity", "sigma0", "beta0", "gamma0");

  /** Rasters that an item without roles may have beside its pixels. */
  private static final Set<String> PREVIEWS =
      Set.of("thumbnail", "overview", "preview", "quicklook", "browse", "visual", "rendered");

  private static final Set<String> SCHEMES = Set.of("https", "http", "s3");

  private final ItemFields item;
  private final Optional<URI> self;
  private final boolean sentinel;

  /**
   * @param self where the item is, against which relative references are resolved
   * @param sentinel whether an archive may be a Sentinel-1 product
   */
  ItemAssets(ItemFields item, Optional<URI> self, boolean sentinel) {
    this.item = item;
    this.self = self;
    this.sentinel = sentinel;
  }

  private record Candidate(
      String key, ItemFields fields, Optional<URI> uri, Set<String> roles, List<String> pols) {
    String mediaType() {
      return fields.text("type").orElse("").toLowerCase(Locale.ROOT);
    }

    String path() {
      return uri.map(URI::getPath).orElse("").toLowerCase(Locale.ROOT);
    }

    boolean isRaster() {
      String type = mediaType();
      return type.isEmpty()
          ? path().endsWith(".tif") || path().endsWith(".tiff")
          : type.startsWith("image/tiff") || type.contains("geotiff");
    }

    boolean isArchive() {
      boolean zip = mediaType().contains("zip") && !mediaType().contains("gzip");
      boolean local = uri.map(u -> "file".equalsIgnoreCase(u.getScheme())).orElse(false);
      return zip || path().endsWith(".zip") || (local && path().matches(".*\\.safe/?"));
    }

    boolean hasPixelRole() {
      if (!roles.isEmpty()) {
        return roles.stream().anyMatch(PIXEL_ROLES::contains);
      }
      return PREVIEWS.stream().noneMatch(key.toLowerCase(Locale.ROOT)::contains);
    }

    /**
     * An archive among an item's assets is the product, unless it says that it is something else.
     */
    boolean isWholeProduct() {
      return isArchive()
          && (roles.isEmpty()
              || roles.contains("data")
              || roles.contains("archive")
              || key.equalsIgnoreCase("product"));
    }
  }

  /**
   * All assets that have a place.
   *
   * @param polarizations the item's
   * @throws ItemRefusedException if none with pixels can be fetched
   */
  List<Asset> read(List<String> polarizations) throws ItemRefusedException {
    List<Candidate> all = candidates();
    List<Candidate> pixels = pixels(all);
    if (pixels.isEmpty()) {
      throw item.refused(
          Reason.UNSUPPORTED_PRODUCT,
          "none of its assets is a GeoTIFF of backscatter or a Sentinel-1 product; it has "
              + all.stream().map(Candidate::key).limit(MAX_ROLES).toList());
    }
    for (Candidate pixel : pixels) {
      if (pixel.uri().isEmpty()) {
        throw item.refused(Reason.UNSUPPORTED_URI, unusable(pixel));
      }
    }
    List<Asset> assets = new ArrayList<>();
    for (Candidate pixel : pixels) {
      boolean whole = pixel.isArchive() || pixels.size() == 1;
      assets.add(
          asset(pixel, true, pixel.pols().isEmpty() && whole ? polarizations : pixel.pols()));
    }
    all.stream()
        .filter(c -> !pixels.contains(c) && c.uri().isPresent())
        .forEach(c -> assets.add(asset(c, false, c.pols())));
    requireRoom(assets);
    return assets;
  }

  /** The polarizations among the words of a text, in order. */
  static List<String> named(String text) {
    return Arrays.stream(text.toUpperCase(Locale.ROOT).split("[^A-Z0-9]+"))
        .filter(StacItems.POLARIZATIONS::contains)
        .distinct()
        .toList();
  }

  private List<Candidate> candidates() throws ItemRefusedException {
    JsonNode assets = item.node().path("assets");
    if (!assets.isObject()) {
      throw item.refused(Reason.MALFORMED_ITEM, "has no assets");
    }
    if (assets.size() > MAX_ASSETS) {
      throw item.refused(Reason.TOO_LARGE, "has more than " + MAX_ASSETS + " assets");
    }
    List<Candidate> candidates = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : assets.properties()) {
      ItemFields fields = item.of(entry.getValue());
      candidates.add(
          new Candidate(
              entry.getKey(),
              fields,
              uri(fields),
              new LinkedHashSet<>(fields.texts("roles", MAX_ROLES)),
              polarizations(entry.getKey(), fields)));
    }
    return candidates;
  }

  private List<Candidate> pixels(List<Candidate> all) {
    if (sentinel) {
      Optional<Candidate> whole = all.stream().filter(Candidate::isWholeProduct).findFirst();
      if (whole.isPresent()) {
        return List.of(whole.get());
      }
    }
    List<Candidate> rasters = all.stream().filter(c -> c.isRaster() && c.hasPixelRole()).toList();
    // Beside the backscatter there may be rasters of angles and masks, as data too.
    List<Candidate> polarized = rasters.stream().filter(c -> !c.pols().isEmpty()).toList();
    return polarized.isEmpty() ? rasters : polarized;
  }

  private static List<String> polarizations(String key, ItemFields fields) {
    Collection<String> stated = fields.texts("sar:polarizations", MAX_BANDS);
    if (stated.isEmpty()) {
      stated = new LinkedHashSet<>();
      for (String list : List.of("bands", "eo:bands")) {
        int bands = 0;
        for (JsonNode band : fields.node().path(list)) {
          if (bands++ < MAX_BANDS) {
            ItemFields named = fields.of(band);
            stated.addAll(named.texts("sar:polarizations", MAX_BANDS));
            named.text("name").ifPresent(stated::add);
          }
        }
      }
    }
    List<String> known = named(String.join(" ", stated));
    return known.isEmpty() ? named(key) : known;
  }

  /** Where an asset is, or empty if that is no place to fetch from. */
  private Optional<URI> uri(ItemFields fields) {
    Optional<URI> main = uri(fields.node().path("href"));
    if (main.isPresent()) {
      return main;
    }
    for (JsonNode alternate : fields.node().path("alternate")) {
      Optional<URI> other = uri(alternate.path("href"));
      if (other.isPresent()) {
        return other;
      }
    }
    return Optional.empty();
  }

  private Optional<URI> uri(JsonNode href) {
    String text = href.asText("");
    if (text.isBlank() || text.length() > MAX_URI_CHARS) {
      return Optional.empty();
    }
    try {
      URI given = new URI(text.strip());
      URI uri = self.map(s -> s.resolve(given)).orElse(given).normalize();
      return isUsable(uri) ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** Only an item that is a file itself may name files; no address may carry a password. */
  private boolean isUsable(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (scheme.equals("file")) {
      return self.map(s -> "file".equalsIgnoreCase(s.getScheme())).orElse(false)
          && uri.getAuthority() == null
          && uri.getPath() != null;
    }
    // A bucket may have a name that is no host's.
    String authority = uri.getRawAuthority();
    return SCHEMES.contains(scheme) && authority != null && !authority.contains("@");
  }

  private String unusable(Candidate pixel) {
    String href = pixel.fields().node().path("href").asText("");
    String shown = href.replaceFirst("//[^/@]*@", "//").replaceFirst("\\?.*$", "");
    shown = shown.substring(0, Math.min(200, shown.length()));
    boolean relative = self.isEmpty() && !shown.matches("[A-Za-z][A-Za-z0-9+.-]*:.*");
    return "the asset %s is at '%s', %s"
        .formatted(
            pixel.key(),
            shown,
            relative
                ? "which is relative, and the item has no self link"
                : "which is no https:, s3: or, from an item that is a file, file: address");
  }

  private static Asset asset(Candidate c, boolean hasPixels, List<String> polarizations) {
    Set<String> roles = new LinkedHashSet<>(c.roles());
    roles.remove("data");
    if (hasPixels) {
      roles.add("data");
    }
    Optional<String> checksum =
        c.fields().text("file:checksum").filter(t -> t.matches("[0-9A-Fa-f]{8,200}"));
    return Asset.newBuilder()
        .setName(c.key())
        .setUri(c.uri().orElseThrow().toString())
        .setSizeBytes(c.fields().size("file:size").orElse(null))
        .setDigest(checksum.orElse(null))
        .setMediaType(c.fields().text("type").orElse(null))
        .setRoles(List.copyOf(roles))
        .setPolarizations(polarizations)
        .setChecksum(checksum.orElse(null))
        .build();
  }

  private void requireRoom(List<Asset> assets) throws ItemRefusedException {
    long chars = 0;
    for (Asset asset : assets) {
      chars += asset.getName().length() + (long) asset.getUri().length();
      chars += asset.getMediaType() == null ? 0 : asset.getMediaType().length();
      chars += asset.getRoles().stream().mapToInt(String::length).sum();
    }
    if (chars > MAX_ASSET_CHARS) {
      throw item.refused(
          Reason.TOO_LARGE, "its assets take more than " + MAX_ASSET_CHARS + " characters");
    }
  }
}
