package dev.sarscribe.imagery.tiff;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.xml.XmlNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.xml.stream.XMLStreamException;

/**
 * The GeoTIFF and GDAL fields of an image, as stored. Arrays are owned by this record and must not
 * be changed.
 *
 * @param pixelScale ModelPixelScale: 3 values, or empty
 * @param tiepoints ModelTiepoint: 6 values (column, row, 0, x, y, z) a point, or empty
 * @param transformation ModelTransformation: a 4 x 4 matrix row by row, or empty
 * @param keys integer GeoKeys by id
 * @param doubleKeys floating-point GeoKeys by id, first value
 * @param metadata dataset items of GDAL_METADATA by name
 * @param bandDescriptions by band number from 0, where stated
 * @param nodata GDAL_NODATA, NaN included
 */
@SuppressWarnings("ArrayRecordComponent") // owned, as documented
public record GeoTags(
    double[] pixelScale,
    double[] tiepoints,
    double[] transformation,
    Map<Integer, Integer> keys,
    Map<Integer, Double> doubleKeys,
    Map<String, String> metadata,
    Map<Integer, String> bandDescriptions,
    OptionalDouble nodata) {
  private static final int MAX_TIEPOINT_VALUES = 6 * 100_000;
  private static final int MAX_XML_BYTES = 4 << 20;

  public GeoTags {
    if (tiepoints.length % 6 != 0) {
      throw new IllegalArgumentException(tiepoints.length + " tie-point values");
    }
    keys = Map.copyOf(keys);
    doubleKeys = Map.copyOf(doubleKeys);
    metadata = Map.copyOf(metadata);
    bandDescriptions = Map.copyOf(bandDescriptions);
  }

  static GeoTags of(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    double[] ties = ifd.doubles(33922, MAX_TIEPOINT_VALUES);
    double[] scale = ifd.doubles(33550, 16);
    double[] matrix = ifd.doubles(34264, 16);
    if (ties.length % 6 != 0
        || (scale.length != 0 && scale.length < 2)
        || (matrix.length != 0 && matrix.length != 16)) {
      throw bytes.corrupt("georeferencing tags of the wrong length");
    }
    Map<Integer, Integer> keys = new HashMap<>();
    Map<Integer, Double> doubleKeys = new HashMap<>();
    readKeys(ifd, keys, doubleKeys);
    Map<String, String> items = new HashMap<>();
    Map<Integer, String> descriptions = new HashMap<>();
    Optional<String> xml = ifd.text(42112, MAX_XML_BYTES);
    if (xml.isPresent()) {
      readMetadata(xml.get(), bytes, items, descriptions);
    }
    return new GeoTags(scale, ties, matrix, keys, doubleKeys, items, descriptions, nodata(ifd));
  }

  private static void readKeys(
      TiffDirectory ifd, Map<Integer, Integer> keys, Map<Integer, Double> doubleKeys)
      throws SceneException {
    long[] directory = ifd.integers(34735, 4 * 1024);
    double[] params = ifd.doubles(34736, 4 * 1024);
    for (int i = 4; i + 3 < directory.length; i += 4) {
      int id = (int) directory[i];
      int value = (int) directory[i + 3];
      if (directory[i + 1] == 0) {
        keys.put(id, value);
      } else if (directory[i + 1] == 34736 && value >= 0 && value < params.length) {
        doubleKeys.put(id, params[value]);
      }
    }
  }

  private static void readMetadata(
      String xml, TiffBytes bytes, Map<String, String> items, Map<Integer, String> descriptions)
      throws SceneException {
    List<XmlNode> nodes = new ArrayList<>();
    try {
      byte[] utf8 = xml.strip().getBytes(StandardCharsets.UTF_8);
      nodes.addAll(XmlNode.parse(new ByteArrayInputStream(utf8)).children("Item"));
    } catch (XMLStreamException e) {
      throw new SceneException(
          SceneException.Reason.CORRUPT,
          bytes.name(),
          "GDAL_METADATA: " + firstLine(e.getMessage()),
          e);
    }
    for (XmlNode item : nodes) {
      String name = item.attribute("name").orElse("");
      Optional<String> sample = item.attribute("sample");
      if (sample.isEmpty()) {
        items.put(name, item.text());
      } else if (name.equalsIgnoreCase("DESCRIPTION")
          && sample.get().length() <= 3
          && sample.get().chars().allMatch(c -> c >= '0' && c <= '9')) {
        descriptions.put(Integer.parseInt(sample.get()), item.text());
      }
    }
  }

  private static String firstLine(String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }

  private static OptionalDouble nodata(TiffDirectory ifd) throws SceneException {
    String text = ifd.text(42113, 256).orElse("").strip();
    if (text.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (text.equalsIgnoreCase("nan") || text.equalsIgnoreCase("-nan")) {
      return OptionalDouble.of(Double.NaN);
    }
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return OptionalDouble.empty(); // GDAL warns and goes on too
    }
  }
}
