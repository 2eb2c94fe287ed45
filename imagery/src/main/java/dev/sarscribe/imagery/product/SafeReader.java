package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Footprints;
import dev.sarscribe.imagery.tiff.TiffRaster;
import dev.sarscribe.imagery.xml.XmlNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Opens Sentinel-1 ground range products (IW, EW, SM; single or dual polarization): a {@code .SAFE}
 * folder, any folder that holds a {@code manifest.safe}, or the zip of one under its product's
 * name. Values are σ⁰ with thermal noise removed: (DN² - noise) / sigmaNought², the tables
 * interpolated bilinearly; DN 0 is nodata. Files may have the manifest's names or the short ones of
 * cloud archives ({@code iw-vv.tiff}).
 */
public final class SafeReader implements ProductReader {
  /** The processing facility of simulated products. */
  public static final String SIMULATOR_FACILITY = "sarscribe scene simulator";

  private static final int MAX_VERSION_CHARS = 100;

  private static final String MANIFEST = "manifest.safe";
  private static final Pattern MEASUREMENT =
      Pattern.compile("measurement/(s1[a-d]-(iw|ew|s[1-6])-[a-z]{3}-(vv|vh|hh|hv)-.*)\\.tiff?");

  @Override
  public boolean supports(Path path) {
    String name = nameOf(path).toUpperCase(Locale.ROOT);
    if (Files.isDirectory(path)) {
      return name.endsWith(".SAFE") || Files.isRegularFile(path.resolve(MANIFEST));
    }
    return name.endsWith(".ZIP") && SentinelName.of(name).isPresent();
  }

  @Override
  public Product open(Path path) throws SceneException {
    SafeFiles files = Files.isDirectory(path) ? new SafeFiles.Folder(path) : ZippedSafe.open(path);
    List<TiffRaster> rasters = new ArrayList<>();
    try {
      return open(files, rasters);
    } catch (SceneException | RuntimeException e) {
      close(rasters, files);
      throw e;
    }
  }

  private static Product open(SafeFiles files, List<TiffRaster> rasters) throws SceneException {
    if (files.size(MANIFEST).isEmpty()) {
      throw new SceneException(Reason.NOT_A_PRODUCT, files.path(), "has no manifest.safe");
    }
    XmlNode manifest = files.xml(MANIFEST);
    List<Band> bands = bands(manifest, files);
    List<SafeAnnotation> annotations = new ArrayList<>();
    for (Band band : bands) {
      band.rasterName(files); // the likeliest fault, and the cheapest to find
    }
    for (Band band : bands) {
      annotations.add(band.annotation(files));
    }
    requireOneSize(annotations, files.path());
    List<Scene> scenes = new ArrayList<>();
    for (int i = 0; i < bands.size(); i++) {
      TiffRaster raster = bands.get(i).raster(files);
      rasters.add(raster);
      requireAnnotatedSize(raster, annotations.get(i), bands.get(i), files.path());
      scenes.add(
          new SafeScene(annotations.get(i), raster, files.path(), bands.get(i).measurement()));
    }
    return new SafeProduct(
        info(manifest, bands, annotations, files.path()), scenes, rasters, files);
  }

  private record SafeProduct(
      ProductInfo info, List<Scene> scenes, List<TiffRaster> rasters, SafeFiles files)
      implements Product {
    SafeProduct {
      scenes = List.copyOf(scenes);
      rasters = List.copyOf(rasters);
    }

    @Override
    public void close() throws SceneException {
      SafeReader.close(rasters, files);
    }
  }

  private static void close(List<TiffRaster> rasters, SafeFiles files) throws SceneException {
    try (files) {
      for (TiffRaster raster : rasters) {
        raster.close();
      }
    }
  }

  /**
   * One polarization's files.
   *
   * @param stem the measurement's file name without its ending
   * @param shortStem the same in the naming of cloud archives
   */
  record Band(String measurement, String stem, String shortStem) {
    SafeAnnotation annotation(SafeFiles files) throws SceneException {
      return SafeAnnotation.read(
          files,
          metadata(files, "annotation/%s.xml"),
          metadata(files, "annotation/calibration/calibration-%s.xml"),
          metadata(files, "annotation/calibration/noise-%s.xml"));
    }

    private String metadata(SafeFiles files, String pattern) throws SceneException {
      for (String s : List.of(stem, shortStem)) {
        if (files.size(pattern.formatted(s)).isPresent()) {
          return pattern.formatted(s);
        }
      }
      throw new SceneException(
          Reason.CORRUPT, files.path(), pattern.formatted(stem) + " is missing");
    }

    TiffRaster raster(SafeFiles files) throws SceneException {
      Path file = files.raster(rasterName(files));
      try {
        return TiffRaster.open(file);
      } catch (SceneException e) {
        throw e.within(files.path(), measurement);
      }
    }

    /** The measurement's name in the product, or a MISSING_MEASUREMENT failure. */
    String rasterName(SafeFiles files) throws SceneException {
      for (String name : List.of(measurement, "measurement/" + shortStem + ".tiff")) {
        Optional<Long> size = files.size(name);
        if (size.isPresent() && size.get() == 0) {
          throw missing(files, name + " is empty");
        }
        if (size.isPresent()) {
          return name;
        }
      }
      throw missing(files, measurement + " is not in the product");
    }

    private static SceneException missing(SafeFiles files, String what) {
      return new SceneException(Reason.MISSING_MEASUREMENT, files.path(), what);
    }
  }

  /** The measurements that the manifest promises, by image number: co-polarized first. */
  static List<Band> bands(XmlNode manifest, SafeFiles files) throws SceneException {
    List<Band> bands = new ArrayList<>();
    for (XmlNode location : manifest.descendants("fileLocation")) {
      String href = location.attribute("href").orElse("");
      if (!href.contains("measurement/")) {
        continue;
      }
      String name = SafeFiles.inside(href, files.path());
      Matcher m = MEASUREMENT.matcher(name);
      if (m.matches()) {
        bands.add(new Band(name, m.group(1), m.group(2) + "-" + m.group(3)));
      }
    }
    if (bands.isEmpty() || bands.size() > 2) {
      boolean swaths = bands.size() > 2;
      throw new SceneException(
          swaths ? Reason.UNSUPPORTED : Reason.CORRUPT,
          files.path(),
          swaths
              ? bands.size() + " measurements (a product by swaths); only GRD is read"
              : "the manifest names no measurement");
    }
    bands.sort(Comparator.comparing(b -> b.stem().substring(b.stem().length() - 3)));
    return bands;
  }

  private static void requireOneSize(List<SafeAnnotation> annotations, Path path)
      throws SceneException {
    SafeAnnotation first = annotations.get(0);
    for (SafeAnnotation a : annotations) {
      if (a.width() != first.width() || a.height() != first.height()) {
        throw new SceneException(
            Reason.SIZE_MISMATCH,
            path,
            "%s is annotated as %d x %d, %s as %d x %d"
                .formatted(
                    first.polarization(),
                    first.width(),
                    first.height(),
                    a.polarization(),
                    a.width(),
                    a.height()));
      }
    }
  }

  private static void requireAnnotatedSize(
      TiffRaster raster, SafeAnnotation a, Band band, Path path) throws SceneException {
    if (raster.width() != a.width() || raster.height() != a.height()) {
      throw new SceneException(
          Reason.SIZE_MISMATCH,
          path,
          "%s is %d x %d, annotated as %d x %d"
              .formatted(
                  band.measurement(), raster.width(), raster.height(), a.width(), a.height()));
    }
  }

  /** Everything that the metadata say; no measurement is needed for it. */
  static ProductInfo info(
      XmlNode manifest, List<Band> bands, List<SafeAnnotation> annotations, Path path) {
    SafeAnnotation first = annotations.get(0);
    String productId = productId(path, bands.get(0));
    Window whole = new Window(0, 0, first.width(), first.height());
    boolean simulated = isSimulated(manifest);
    return new ProductInfo(
        SentinelName.acquisitionId(productId),
        productId,
        Optional.of("sentinel-1" + first.mission().substring(2).toLowerCase(Locale.ROOT)),
        Optional.of(first.mode()),
        Optional.of(first.productType()),
        annotations.stream().map(SafeAnnotation::polarization).toList(),
        Optional.of(first.startTime()),
        Optional.of(first.stopTime()),
        Optional.of(first.passDirection()),
        orbitNumber(manifest, "relativeOrbitNumber", 4),
        Footprints.geoJson(first.geolocation(), whole),
        Optional.of((first.rangeSpacingM() + first.azimuthSpacingM()) / 2),
        Optional.of(
            simulated
                ? "Simulated by sarscribe, no satellite data"
                : SentinelName.attribution(first.startTime())),
        simulated ? Optional.empty() : Optional.of(SentinelName.LICENCE),
        new ProductInfo.Sensing(
            orbitNumber(manifest, "orbitNumber", 6),
            Optional.of(SentinelName.OBSERVATION_DIRECTION),
            Optional.of(SentinelName.FREQUENCY_BAND),
            angle(first.incidence().smallest()),
            angle(first.incidence().largest())),
        processing(manifest));
  }

  /** Our own simulator says in the manifest that no satellite was involved. */
  private static boolean isSimulated(XmlNode manifest) {
    return manifest.descendants("facility").stream()
        .anyMatch(f -> f.attribute("name").orElse("").equals(SIMULATOR_FACILITY));
  }

  private static Optional<Integer> orbitNumber(XmlNode manifest, String element, int maxDigits) {
    return manifest.descendants(element).stream()
        .filter(n -> n.attribute("type").orElse("start").equals("start"))
        .map(XmlNode::text)
        .filter(t -> t.matches("\\d{1," + maxDigits + "}"))
        .map(Integer::valueOf)
        .findFirst();
  }

  /** A grid of damaged angles is no reason to refuse the pixels. */
  private static Optional<Double> angle(double degrees) {
    return Optional.of(degrees).filter(d -> d >= 0 && d <= 90);
  }

  /** The outermost processing of the manifest is the last; those inside made its inputs. */
  private static ProductInfo.Processing processing(XmlNode manifest) {
    Optional<XmlNode> last = manifest.descendants("processing").stream().findFirst();
    Optional<String> version =
        last.flatMap(p -> p.descendants("software").stream().findFirst())
            .flatMap(s -> s.attribute("version"))
            .filter(v -> !v.isBlank() && v.length() <= MAX_VERSION_CHARS);
    return new ProductInfo.Processing(
        Optional.of("L1"),
        version,
        last.flatMap(p -> p.attribute("stop")).flatMap(SafeReader::utc));
  }

  /** Times are UTC without a zone. */
  private static Optional<Instant> utc(String text) {
    try {
      return Optional.of(AcquisitionTime.parse(text + "Z"));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** The folder's or zip's name; where that is no product's name, one made of the measurement's. */
  private static String productId(Path path, Band band) {
    String name = nameOf(path).replaceFirst("(?i)\\.(SAFE|zip)$", "");
    name = name.replaceFirst("(?i)\\.SAFE$", ""); // from .SAFE.zip
    if (SentinelName.of(name).isPresent()) {
      return name;
    }
    String[] p = band.stem().toUpperCase(Locale.ROOT).split("-", -1);
    return String.join("_", List.of(p).subList(0, p.length - 1));
  }

  /** A folder given as {@code .} still has a name. */
  private static String nameOf(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }
}
