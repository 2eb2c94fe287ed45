package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.geo.Geolocation;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.imagery.tiff.GeoTags;
import dev.sarscribe.imagery.tiff.TiffRaster;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Opens GeoTIFF, BigTIFF and COG rasters of SAR backscatter. What the values mean is decided by
 * {@link RadiometryRule}; nodata is the declared GDAL_NODATA value, what a mask or an alpha band
 * hides, everything not finite, and 0 in amplitudes and powers. An 8-bit or dB raster that declares
 * neither has valid zeros, but a run of 16 or more zeros along a row is a border, and nodata.
 *
 * <p>Metadata come from GDAL_METADATA items where present ({@code PRODUCT}, {@code POLARIZATION},
 * {@code PLATFORM}, {@code MODE}, {@code PRODUCT_TYPE}, {@code ORBIT_STATE}, {@code
 * RELATIVE_ORBIT}, {@code ABSOLUTE_ORBIT}, {@code OBSERVATION_DIRECTION}, {@code FREQUENCY_BAND},
 * {@code PROCESSING_LEVEL}, {@code PROCESSING_VERSION}, {@code PROCESSING_TIME}, {@code
 * START_TIME}, {@code END_TIME}, {@code ATTRIBUTION}, {@code LICENCE}, {@code RADIOMETRY}), else
 * from a Sentinel-1 name, of the {@code PRODUCT} item or of the file. Polarizations come from band
 * descriptions, the {@code POLARIZATION} item or the file name; two-band chips named {@code
 * …_S1Hand} are VV and VH by the convention of Sen1Floods11.
 */
public final class GeoTiffReader implements ProductReader {
  /** A longer item is not what its name says; it would not fit a message either. */
  private static final int MAX_ITEM = 2000;

  private static final Set<String> POLARIZATIONS = Set.of("VV", "VH", "HH", "HV");

  @Override
  public boolean supports(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".tif") || name.endsWith(".tiff");
  }

  @Override
  public Product open(Path path) throws SceneException {
    return open(path, path);
  }

  /** Opens a GeoTIFF made from {@code path}, whose name and content are the product's. */
  static Product open(Path geoTiff, Path path) throws SceneException {
    String name = path.getFileName().toString();
    return open(TiffRaster.open(geoTiff), name, () -> ContentDigest.of(path));
  }

  /**
   * Opens a GeoTIFF of any source, which is closed with the product, or if this fails.
   *
   * @param fileName what the file is called where it comes from
   */
  static Product open(ByteSource source, String fileName) throws SceneException {
    return open(TiffRaster.open(source), fileName, () -> ContentDigest.of(source));
  }

  /** Digest of a product's content, made when it is asked for. */
  private interface Content {
    String digest() throws SceneException;
  }

  private static Product open(TiffRaster raster, String fileName, Content content)
      throws SceneException {
    try {
      String baseName = baseName(fileName);
      Radiometry radiometry = RadiometryRule.decide(raster, baseName);
      Optional<Geolocation> geolocation =
          GeoTiffGeolocation.of(raster.geoTags(), raster.width(), raster.height());
      List<String> polarizations = polarizations(raster, baseName);
      List<Scene> scenes = new ArrayList<>();
      for (int band = 0; band < raster.bands(); band++) {
        scenes.add(new RasterScene(raster, band, polarizations.get(band), radiometry, geolocation));
      }
      return new RasterProduct(baseName, content, raster, scenes, polarizations);
    } catch (SceneException | RuntimeException e) {
      raster.close();
      throw e;
    }
  }

  private record RasterProduct(
      String baseName,
      Content content,
      TiffRaster raster,
      List<Scene> scenes,
      List<String> polarizations)
      implements Product {
    RasterProduct {
      scenes = List.copyOf(scenes);
    }

    @Override
    public ProductInfo info() throws SceneException {
      return GeoTiffReader.info(baseName, content, raster, scenes, polarizations);
    }

    @Override
    public void close() throws SceneException {
      raster.close();
    }
  }

  private static String baseName(String name) {
    String base = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    return base.isBlank() ? name : base; // a file may be called ".tif"
  }

  private static ProductInfo info(
      String baseName,
      Content content,
      TiffRaster raster,
      List<Scene> scenes,
      List<String> polarizations)
      throws SceneException {
    Map<String, String> items = raster.geoTags().metadata();
    Optional<SentinelName> name =
        item(items, "PRODUCT").flatMap(SentinelName::of).or(() -> SentinelName.of(baseName));
    Optional<Instant> start =
        item(items, "START_TIME")
            .flatMap(GeoTiffReader::instant)
            .or(() -> name.map(SentinelName::startTime));
    Optional<Geolocation> geolocation = scenes.get(0).geolocation();
    Window whole = new Window(0, 0, raster.width(), raster.height());
    return new ProductInfo(
        sanitised(baseName) + "-" + content.digest(),
        baseName,
        item(items, "PLATFORM").or(() -> name.map(SentinelName::platform)),
        item(items, "MODE").or(() -> name.map(SentinelName::mode)),
        item(items, "PRODUCT_TYPE").or(() -> name.flatMap(SentinelName::productType)),
        polarizations,
        start,
        item(items, "END_TIME")
            .flatMap(GeoTiffReader::instant)
            .or(() -> name.flatMap(SentinelName::endTime))
            .or(() -> start),
        item(items, "ORBIT_STATE").or(() -> name.flatMap(SentinelName::orbitState)),
        orbit(items, "RELATIVE_ORBIT").or(() -> name.flatMap(SentinelName::relativeOrbit)),
        geolocation.flatMap(g -> Footprints.geoJson(g, whole)),
        scenes.get(0).pixelSpacingM().map(s -> (s[0] + s[1]) / 2),
        item(items, "ATTRIBUTION").or(() -> name.map(n -> SentinelName.attribution(n.startTime()))),
        item(items, "LICENCE").or(() -> name.map(n -> SentinelName.LICENCE)),
        sensing(items, name),
        new ProductInfo.Processing(
            item(items, "PROCESSING_LEVEL"),
            item(items, "PROCESSING_VERSION"),
            item(items, "PROCESSING_TIME").flatMap(GeoTiffReader::instant)));
  }

  private static ProductInfo.Sensing sensing(
      Map<String, String> items, Optional<SentinelName> name) {
    return new ProductInfo.Sensing(
        orbit(items, "ABSOLUTE_ORBIT").or(() -> name.flatMap(SentinelName::absoluteOrbit)),
        item(items, "OBSERVATION_DIRECTION")
            .map(d -> d.toLowerCase(Locale.ROOT))
            .filter(Set.of("left", "right")::contains)
            .or(() -> name.map(n -> SentinelName.OBSERVATION_DIRECTION)),
        item(items, "FREQUENCY_BAND").or(() -> name.map(n -> SentinelName.FREQUENCY_BAND)),
        Optional.empty(),
        Optional.empty());
  }

  private static Optional<Integer> orbit(Map<String, String> items, String key) {
    return item(items, key).filter(s -> s.matches("\\d{1,7}")).map(Integer::valueOf);
  }

  private static Optional<String> item(Map<String, String> items, String key) {
    return Optional.ofNullable(items.get(key)).filter(s -> !s.isBlank() && s.length() <= MAX_ITEM);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(AcquisitionTime.checked(Instant.parse(text)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<String> polarizations(TiffRaster raster, String baseName) {
    int bands = raster.bands();
    GeoTags tags = raster.geoTags();
    List<String> described = new ArrayList<>();
    for (int band = 0; band < bands; band++) {
      described.addAll(named(tags.bandDescriptions().getOrDefault(band, "")));
    }
    if (isComplete(described, bands)) {
      return described;
    }
    List<String> stated = named(tags.metadata().getOrDefault("POLARIZATION", ""));
    if (isComplete(stated, bands)) {
      return stated;
    }
    List<String> fromWords = named(baseName);
    if (isComplete(fromWords, bands)) {
      return fromWords;
    }
    List<String> fromProduct =
        SentinelName.of(baseName).map(SentinelName::polarizations).orElse(List.of());
    if (isComplete(fromProduct, bands)) {
      return fromProduct;
    }
    if (bands == 2 && baseName.endsWith("_S1Hand")) {
      return List.of("VV", "VH");
    }
    return bands == 1 ? List.of("UNKNOWN") : numbered(bands);
  }

  private static boolean isComplete(List<String> names, int bands) {
    return names.size() == bands && Set.copyOf(names).size() == bands;
  }

  /** The polarizations among the words of a text, in order. */
  private static List<String> named(String text) {
    return Arrays.stream(text.toUpperCase(Locale.ROOT).split("[^A-Z0-9]+"))
        .filter(POLARIZATIONS::contains)
        .toList();
  }

  private static List<String> numbered(int bands) {
    List<String> names = new ArrayList<>();
    for (int i = 1; i <= bands; i++) {
      names.add("BAND" + i);
    }
    return names;
  }

  /** Letters, digits, dot, dash and underscore only, at most 100: fit for topics and paths. */
  static String sanitised(String name) {
    String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
    return safe.substring(0, Math.min(100, safe.length()));
  }
}
