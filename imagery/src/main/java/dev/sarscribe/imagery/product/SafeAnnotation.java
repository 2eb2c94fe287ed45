package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.geo.Gcp;
import dev.sarscribe.imagery.geo.GridGeolocation;
import dev.sarscribe.imagery.xml.XmlNode;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the annotation, calibration and noise files of one polarization say. Annotated sample and
 * line numbers mean pixel centres: number 0 is coordinate 0.5.
 *
 * @param mission {@code S1A}…
 * @param mode {@code IW}, {@code EW} or {@code SM}
 * @param passDirection {@code ascending} or {@code descending}
 * @param sigmaNought calibration table: σ⁰ = (DN² - noise) / table²
 */
record SafeAnnotation(
    String mission,
    String mode,
    String productType,
    String polarization,
    Instant startTime,
    Instant stopTime,
    String passDirection,
    int width,
    int height,
    double rangeSpacingM,
    double azimuthSpacingM,
    GridGeolocation geolocation,
    IncidenceGrid incidence,
    LookUpTable sigmaNought,
    NoiseTable noise) {
  private static final int MAX_VALUES = 100_000;

  /** Positions on the geolocation grid and in tables: no image has a tenth as many lines. */
  private static final double MAX_POSITION = 10_000_000;

  /** A table is 200 to 700, noise up to 1e5: no σ⁰ of these leaves the range of a float. */
  private static final float MIN_GAIN = 1e-3f;

  private static final float MAX_VALUE = 1e12f;

  static SafeAnnotation read(SafeFiles files, String annotation, String calibration, String noise)
      throws SceneException {
    String[] current = {annotation};
    try {
      XmlNode product = files.xml(annotation);
      requireGroundRange(product, files.path());
      current[0] = calibration;
      LookUpTable sigmaNought = sigmaNought(files.xml(calibration));
      current[0] = noise;
      NoiseTable noiseTable = noise(files.xml(noise));
      current[0] = annotation;
      return of(product, sigmaNought, noiseTable);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new SceneException(Reason.CORRUPT, files.path(), current[0] + ": " + e.getMessage(), e);
    }
  }

  private static void requireGroundRange(XmlNode product, Path path) throws SceneException {
    String type = text(product, "adsHeader/productType");
    if (!type.equals("GRD")) {
      throw new SceneException(
          Reason.UNSUPPORTED, path, "a Sentinel-1 %s product; only GRD is read".formatted(type));
    }
  }

  private static SafeAnnotation of(XmlNode product, LookUpTable sigmaNought, NoiseTable noise) {
    XmlNode image = child(product, "imageAnnotation/imageInformation");
    List<XmlNode> points =
        child(product, "geolocationGrid/geolocationGridPointList").children("geolocationGridPoint");
    String swath = text(product, "adsHeader/swath");
    return new SafeAnnotation(
        matching(product, "adsHeader/missionId", "S1[A-Z]"),
        swath.matches("S[1-6]") ? "SM" : matching(product, "adsHeader/mode", "[A-Z0-9]{2}"),
        text(product, "adsHeader/productType"),
        matching(product, "adsHeader/polarisation", "VV|VH|HH|HV"),
        time(text(product, "adsHeader/startTime")),
        time(text(product, "adsHeader/stopTime")),
        matching(product, "generalAnnotation/productInformation/pass", "(?i)ascending|descending")
            .toLowerCase(Locale.ROOT),
        dimension(image, "numberOfSamples"),
        dimension(image, "numberOfLines"),
        spacing(image, "rangePixelSpacing"),
        spacing(image, "azimuthPixelSpacing"),
        geolocation(points),
        incidence(points),
        sigmaNought,
        noise);
  }

  private static String matching(XmlNode product, String path, String regex) {
    String value = text(product, path);
    if (!value.matches(regex)) {
      throw new IllegalArgumentException(path + " is not one of " + regex);
    }
    return value;
  }

  private static GridGeolocation geolocation(List<XmlNode> points) {
    List<Gcp> gcps = new ArrayList<>();
    for (XmlNode p : points) {
      gcps.add(
          new Gcp(
              centre(p, "pixel"),
              centre(p, "line"),
              number(p, "longitude"),
              number(p, "latitude")));
    }
    return GridGeolocation.of(gcps)
        .orElseThrow(() -> new IllegalArgumentException("geolocation grid is not rectangular"));
  }

  /** The grid is written line by line, which {@link GridGeolocation} has checked to be complete. */
  private static IncidenceGrid incidence(List<XmlNode> points) {
    // The very numbers that were checked: apart by less than a rounding they would make more.
    double[] xs =
        points.stream().mapToDouble(p -> centre(p, "pixel")).distinct().sorted().toArray();
    double[] ys = points.stream().mapToDouble(p -> centre(p, "line")).distinct().sorted().toArray();
    double[] degrees = new double[xs.length * ys.length];
    for (XmlNode p : points) {
      int column = java.util.Arrays.binarySearch(xs, centre(p, "pixel"));
      int row = java.util.Arrays.binarySearch(ys, centre(p, "line"));
      degrees[row * xs.length + column] = number(p, "incidenceAngle");
    }
    return new IncidenceGrid(xs, ys, degrees);
  }

  /** The coordinate of an annotated sample or line number. */
  private static double centre(XmlNode point, String name) {
    return position(number(point, name), name) + 0.5;
  }

  private static double position(double v, String name) {
    if (Math.abs(v) > MAX_POSITION) {
      throw new IllegalArgumentException(name + " of " + v);
    }
    return v;
  }

  private static LookUpTable sigmaNought(XmlNode root) {
    LookUpTable table =
        table(child(root, "calibrationVectorList").children("calibrationVector"), "sigmaNought");
    for (float[] vector : table.values()) {
      for (float v : vector) {
        if (v < MIN_GAIN) {
          throw new IllegalArgumentException("sigmaNought of " + v);
        }
      }
    }
    return table;
  }

  private static NoiseTable noise(XmlNode root) {
    if (root.find("noiseVectorList").isPresent()) { // before IPF 2.9, March 2018
      return new NoiseTable(
          table(child(root, "noiseVectorList").children("noiseVector"), "noiseLut"), List.of());
    }
    LookUpTable range =
        table(child(root, "noiseRangeVectorList").children("noiseRangeVector"), "noiseRangeLut");
    List<NoiseTable.AzimuthBlock> blocks = new ArrayList<>();
    List<XmlNode> vectors =
        root.find("noiseAzimuthVectorList")
            .map(list -> list.children("noiseAzimuthVector"))
            .orElse(List.of());
    for (XmlNode v : vectors) {
      blocks.add(
          new NoiseTable.AzimuthBlock(
              line(v, "firstAzimuthLine"),
              line(v, "lastAzimuthLine"),
              line(v, "firstRangeSample"),
              line(v, "lastRangeSample"),
              integers(v, "line"),
              floats(v, "noiseAzimuthLut")));
    }
    return new NoiseTable(range, blocks);
  }

  private static LookUpTable table(List<XmlNode> vectors, String valueName) {
    int[] lines = new int[vectors.size()];
    int[][] pixels = new int[lines.length][];
    float[][] values = new float[lines.length][];
    for (int i = 0; i < lines.length; i++) {
      XmlNode v = vectors.get(i);
      lines[i] = line(v, "line");
      pixels[i] = integers(v, "pixel");
      values[i] = floats(v, valueName);
    }
    return new LookUpTable(lines, pixels, values);
  }

  private static String[] words(XmlNode node, String name) {
    String[] words = text(node, name).split("\\s+", MAX_VALUES + 1); // no more are made
    if (words.length > MAX_VALUES) {
      throw new IllegalArgumentException("over " + MAX_VALUES + " values of " + name);
    }
    return words;
  }

  private static int[] integers(XmlNode node, String name) {
    return java.util.Arrays.stream(words(node, name))
        .mapToInt(word -> (int) position(Integer.parseInt(word), name))
        .toArray();
  }

  private static int line(XmlNode node, String name) {
    return (int) position(number(node, name), name);
  }

  private static float[] floats(XmlNode node, String name) {
    String[] words = words(node, name);
    float[] out = new float[words.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = Float.parseFloat(words[i]);
      if (!(Math.abs(out[i]) <= MAX_VALUE)) {
        throw new IllegalArgumentException(name + " of " + words[i]);
      }
    }
    return out;
  }

  private static XmlNode child(XmlNode node, String path) {
    return node.find(path).orElseThrow(() -> new IllegalArgumentException("no element " + path));
  }

  private static String text(XmlNode node, String path) {
    return child(node, path).text();
  }

  private static double number(XmlNode node, String path) {
    double v = Double.parseDouble(text(node, path));
    if (!Double.isFinite(v)) {
      throw new IllegalArgumentException(path + " of " + v);
    }
    return v;
  }

  private static int dimension(XmlNode node, String path) {
    double v = number(node, path);
    if (v < 1 || v > 200_000) {
      throw new IllegalArgumentException(path + " of " + v);
    }
    return (int) v;
  }

  private static double spacing(XmlNode node, String path) {
    double v = number(node, path);
    if (v <= 0 || v > 10_000) {
      throw new IllegalArgumentException(path + " of " + v);
    }
    return v;
  }

  /** Times are UTC without a zone. */
  private static Instant time(String text) {
    return AcquisitionTime.checked(LocalDateTime.parse(text).toInstant(ZoneOffset.UTC));
  }
}
