package dev.sarscribe.imagery.fuzz;

import static dev.sarscribe.imagery.fuzz.Hostile.read;
import static dev.sarscribe.imagery.fuzz.Hostile.refused;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.product.SmallSafe;
import java.util.ArrayList;
import java.util.List;

/**
 * XML that lies, as inputs of {@link XmlFuzz}: each takes the place of one file of a sound SAFE.
 */
final class HostileXml {
  private static final String MANIFEST = XmlFuzz.PARTS.get(0);
  private static final String ANNOTATION = XmlFuzz.PARTS.get(1);
  private static final String CALIBRATION = XmlFuzz.PARTS.get(2);
  private static final String NOISE = XmlFuzz.PARTS.get(3);

  private HostileXml() {}

  static List<Hostile> all() {
    List<Hostile> all = new ArrayList<>();
    for (String part : XmlFuzz.PARTS) {
      String in = "-in-" + part.substring(part.lastIndexOf('/') + 1);
      all.add(corrupt("entity-bomb" + in, part, new String(bomb(), UTF_8)));
      all.add(
          corrupt(
              "external-entity" + in,
              part,
              "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a>&x;</a>"));
      all.add(corrupt("nesting" + in, part, "<a>".repeat(100_000)));
      all.add(corrupt("elements" + in, part, "<a>" + "<b/>".repeat(1_000_000) + "</a>"));
      all.add(corrupt("nothing" + in, part, ""));
    }
    all.addAll(manifests());
    all.addAll(annotations());
    all.addAll(tables());
    all.add(
        read(
            "outline-that-runs-west-over-the-antimeridian",
            XmlFuzz.input(ANNOTATION, westwards())));
    all.add(
        read(
            "grid-columns-closer-than-a-rounding",
            XmlFuzz.input(ANNOTATION, narrowGrid(16_000).getBytes(UTF_8))));
    return all;
  }

  /** A billion laughs. */
  static byte[] bomb() {
    StringBuilder bomb = new StringBuilder("<!DOCTYPE l [<!ENTITY e0 \"lol\">");
    for (int i = 1; i < 12; i++) {
      bomb.append("<!ENTITY e%d \"".formatted(i)).append("&e%d;".formatted(i - 1).repeat(10));
      bomb.append("\">");
    }
    return bomb.append("]><l>&e11;</l>").toString().getBytes(UTF_8);
  }

  private static Hostile corrupt(String name, String part, String xml) {
    return refused(name, XmlFuzz.input(part, xml.getBytes(UTF_8)), Reason.CORRUPT);
  }

  private static List<Hostile> manifests() {
    List<Hostile> all = new ArrayList<>();
    for (String href :
        List.of(
            "../measurement/x.tiff",
            "/measurement/x.tiff",
            "measurement/../../x.tiff",
            "measurement/..\\x.tiff",
            "file:///measurement/x.tiff",
            "measurement/" + "a/".repeat(5000) + "x.tiff",
            "measurement/&#10;x.tiff")) {
      all.add(
          corrupt("slip-" + all.size(), MANIFEST, "<a><fileLocation href=\"" + href + "\"/></a>"));
    }
    String many = "<fileLocation href=\"measurement/" + SmallSafe.stem("vv") + ".tiff\"/>";
    all.add(
        refused(
            "measurements-without-end",
            XmlFuzz.input(MANIFEST, ("<a>" + many.repeat(10_000) + "</a>").getBytes(UTF_8)),
            Reason.UNSUPPORTED));
    return all;
  }

  private static List<Hostile> annotations() {
    return List.of(
        changed(ANNOTATION, "<numberOfSamples>120<", "<numberOfSamples>1e308<"),
        changed(ANNOTATION, "<numberOfSamples>120<", "<numberOfSamples>NaN<"),
        changed(ANNOTATION, "<numberOfSamples>120<", "<numberOfSamples>-1<"),
        changed(ANNOTATION, "<line>79<", "<line>1e308<"),
        changed(ANNOTATION, "<line>79<", "<line>1e-320<"),
        changed(ANNOTATION, "<pixel>119<", "<pixel>60<"),
        changed(ANNOTATION, "<latitude>10.0<", "<latitude>91<"),
        changed(ANNOTATION, "<longitude>179.995<", "<longitude>1e300<"),
        changed(ANNOTATION, "<incidenceAngle>30.0<", "<incidenceAngle>NaN<"),
        changed(ANNOTATION, "1.0e+01", "1e-400"),
        changed(ANNOTATION, "2022-10-02T", "+999999999-10-02T"),
        changed(ANNOTATION, "2022-10-02T", "2022-13-02T"),
        changed(ANNOTATION, "<mode>IW<", "<mode>" + "I".repeat(100_000) + "<"),
        changed(ANNOTATION, "<pass>Descending<", "<pass>" + "d".repeat(100_000) + "<"),
        changed(ANNOTATION, "1.0e+01", "x".repeat(1_000_000)));
  }

  private static List<Hostile> tables() {
    return List.of(
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought>200<"),
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought><"),
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought>NaN 300<"),
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought>1e-30 300<"),
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought>1e308 300<"),
        changed(CALIBRATION, "<sigmaNought>200 300<", "<sigmaNought>-200 300<"),
        changed(CALIBRATION, "<pixel>0 100<", "<pixel>100 0<"),
        changed(CALIBRATION, "<pixel>0 100<", "<pixel>0 99999999999<"),
        changed(CALIBRATION, "<pixel>0 100<", "<pixel>" + "1 ".repeat(4_000_000) + "<"),
        changed(CALIBRATION, "<line>90<", "<line>-10<"),
        changed(CALIBRATION, "<line>90<", "<line>1e308<"),
        changed(CALIBRATION, "<calibrationVector>", "<vector>"),
        changed(NOISE, "<line>0 80<", "<line>80 0<"),
        changed(NOISE, "<line>0 80<", "<line>0<"),
        changed(NOISE, "<noiseAzimuthLut>1 2<", "<noiseAzimuthLut>-1e38 1e38<"),
        changed(NOISE, "<noiseRangeLut>1000 1000<", "<noiseRangeLut>-1e38 -1e38<"),
        changed(NOISE, "<noiseRangeLut>1000 1000<", "<noiseRangeLut>NaN 0<"));
  }

  /** A sound file with one thing replaced wherever it stands, which makes it corrupt. */
  private static Hostile changed(String part, String from, String to) {
    String good = new String(XmlFuzz.good(part), UTF_8);
    if (!good.contains(from)) {
      throw new IllegalStateException("no " + from + " in " + part);
    }
    String what = (from + "-" + to).replaceAll("[^A-Za-z0-9.+-]+", "_");
    return corrupt(what.substring(0, Math.min(60, what.length())), part, good.replace(from, to));
  }

  private static byte[] westwards() {
    String good = new String(XmlFuzz.good(ANNOTATION), UTF_8);
    return good.replace("<longitude>1", "<longitude>-1").getBytes(UTF_8);
  }

  /**
   * A sound annotation but for its grid: two columns, whose pixel numbers are the same once half a
   * pixel is added, and a new one in each row before that. As a full grid these would be 2 GB.
   */
  private static String narrowGrid(int rows) {
    String good = new String(XmlFuzz.good(ANNOTATION), UTF_8);
    StringBuilder xml =
        new StringBuilder(good.substring(0, good.indexOf("<geolocationGridPoint>")));
    for (int row = 0; row < rows; row++) {
      for (String pixel : List.of(row + "e-30", "100")) {
        xml.append("<geolocationGridPoint><line>").append(row).append("</line><pixel>");
        xml.append(pixel).append("</pixel><latitude>").append(row / 1000.0);
        xml.append("</latitude><longitude>").append(pixel).append("</longitude>");
        xml.append("<incidenceAngle>30</incidenceAngle></geolocationGridPoint>");
      }
    }
    return xml + good.substring(good.indexOf("</geolocationGridPointList>"));
  }
}
