package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.geo.LonLat;
import dev.sarscribe.imagery.product.SafeReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The manifest of a simulated product; its processing facility says that it is simulated. */
final class SafeManifest {
  private static final String NAMESPACES =
      """
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
      xmlns:gml="http://www.opengis.net/gml" \
      xmlns:xfdu="urn:ccsds:schema:xfdu:1" \
      xmlns:safe="http://www.esa.int/safe/sentinel-1.0" \
      xmlns:s1="http://www.esa.int/safe/sentinel-1.0/sentinel-1" \
      xmlns:s1sarl1="http://www.esa.int/safe/sentinel-1.0/sentinel-1/sar/level-1" \
      version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/iwdp\"""";

  private static final String MEASUREMENT_SCHEMA = "s1Level1MeasurementSchema";

  private final SceneSpec spec;
  private final IwProduct product;
  private final IwGeometry geometry;

  SafeManifest(SceneSpec spec, IwProduct product, IwGeometry geometry) {
    this.spec = spec;
    this.product = product;
    this.geometry = geometry;
  }

  /** One file of the product: its role, its identifier and its place. */
  private record Entry(String schema, String id, String href) {}

  /** The manifest of a folder that holds all other files. */
  String xml(Path folder) throws IOException {
    List<Entry> entries = Stream.of("VV", "VH").flatMap(this::entries).toList();
    StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.append("<xfdu:XFDU ").append(NAMESPACES).append(">\n");
    xml.append(
        """
          <informationPackageMap>
            <xfdu:contentUnit unitType="SAFE Archive Information Package" \
        textInfo="Sentinel-1 IW Level-1 GRD Product" \
        dmdID="acquisitionPeriod platform generalProductInformation measurementOrbitReference \
        measurementFrameSet" pdiID="processing">
        """);
    xml.append(entries.stream().map(SafeManifest::unit).collect(Collectors.joining()));
    xml.append("    </xfdu:contentUnit>\n  </informationPackageMap>\n  <metadataSection>\n");
    xml.append(entries.stream().map(SafeManifest::annotationObject).collect(Collectors.joining()));
    xml.append(processing()).append(platform()).append(orbit());
    xml.append(general()).append(period()).append(frame());
    xml.append("  </metadataSection>\n  <dataObjectSection>\n");
    for (Entry entry : entries) {
      xml.append(dataObject(entry, folder.resolve(entry.href())));
    }
    return xml.append("  </dataObjectSection>\n</xfdu:XFDU>\n").toString();
  }

  private Stream<Entry> entries(String polarization) {
    String file = product.fileName(polarization);
    String id = file.replace("-", "");
    return Stream.of(
        new Entry("s1Level1ProductSchema", "product" + id, "annotation/" + file + ".xml"),
        new Entry(
            "s1Level1NoiseSchema", "noise" + id, "annotation/calibration/noise-" + file + ".xml"),
        new Entry(
            "s1Level1CalibrationSchema",
            "calibration" + id,
            "annotation/calibration/calibration-" + file + ".xml"),
        new Entry(MEASUREMENT_SCHEMA, id, "measurement/" + file + ".tiff"));
  }

  private static String unit(Entry entry) {
    boolean pixels = entry.schema().equals(MEASUREMENT_SCHEMA);
    String dmd =
        pixels
            ? " dmdID=\"product%1$sAnnotation noise%1$sAnnotation calibration%1$sAnnotation\""
                .formatted(entry.id())
            : "";
    return """
              <xfdu:contentUnit unitType="%s" repID="%s"%s>
                <dataObjectPointer dataObjectID="%s"/>
              </xfdu:contentUnit>
        """
        .formatted(
            pixels ? "Measurement Data Unit" : "Metadata Unit", entry.schema(), dmd, entry.id());
  }

  /**
   * The metadata object by which a measurement finds its annotations: GDAL follows {@code dmdID} to
   * it and from it to the file.
   */
  private static String annotationObject(Entry entry) {
    if (entry.schema().equals(MEASUREMENT_SCHEMA)) {
      return "";
    }
    return """
            <metadataObject ID="%1$sAnnotation" classification="DESCRIPTION" category="DMD">
              <dataObjectPointer dataObjectID="%1$s"/>
            </metadataObject>
        """
        .formatted(entry.id());
  }

  private static String metadata(String id, String category, String info, String content) {
    return """
            <metadataObject ID="%s" classification="%s" category="%s">
              <metadataWrap mimeType="text/xml" vocabularyName="SAFE" textInfo="%s">
                <xmlData>
        %s        </xmlData>
              </metadataWrap>
            </metadataObject>
        """
        .formatted(
            id,
            category.equals("PDI") ? "PROVENANCE" : "DESCRIPTION",
            category,
            info,
            content.indent(10));
  }

  private String processing() {
    return metadata(
        "processing",
        "PDI",
        "Processing",
        """
        <safe:processing name="Simulation" start="%s" stop="%s">
          <safe:facility country="" name="%s" organisation="" site="">
            <safe:software name="sarscribe simulate, seed %d, %s" version="1"/>
          </safe:facility>
        </safe:processing>
        """
            .formatted(
                product.time(0),
                product.stopTime(),
                SafeReader.SIMULATOR_FACILITY,
                spec.seed(),
                spec.kind()));
  }

  private static String platform() {
    return metadata(
        "platform",
        "DMD",
        "Platform Description",
        """
        <safe:platform>
          <safe:nssdcIdentifier>2014-016A</safe:nssdcIdentifier>
          <safe:familyName>SENTINEL-1</safe:familyName>
          <safe:number>A</safe:number>
          <safe:instrument>
            <safe:familyName abbreviation="SAR">Synthetic Aperture Radar</safe:familyName>
            <safe:extension>
              <s1sarl1:instrumentMode>
                <s1sarl1:mode>IW</s1sarl1:mode>
                <s1sarl1:swath>IW</s1sarl1:swath>
              </s1sarl1:instrumentMode>
            </safe:extension>
          </safe:instrument>
        </safe:platform>
        """);
  }

  private String orbit() {
    return metadata(
        "measurementOrbitReference",
        "DMD",
        "Orbit Reference",
        """
        <safe:orbitReference>
          <safe:orbitNumber type="start">%1$d</safe:orbitNumber>
          <safe:orbitNumber type="stop">%1$d</safe:orbitNumber>
          <safe:relativeOrbitNumber type="start">%2$d</safe:relativeOrbitNumber>
          <safe:relativeOrbitNumber type="stop">%2$d</safe:relativeOrbitNumber>
          <safe:cycleNumber>%3$d</safe:cycleNumber>
          <safe:phaseIdentifier>1</safe:phaseIdentifier>
          <safe:extension>
            <s1:orbitProperties>
              <s1:pass>DESCENDING</s1:pass>
              <s1:ascendingNodeTime>%4$s</s1:ascendingNodeTime>
            </s1:orbitProperties>
          </safe:extension>
        </safe:orbitReference>
        """
            .formatted(
                product.orbit(),
                product.relativeOrbit(),
                product.cycle(),
                product.ascendingNodeTime()));
  }

  private String general() {
    return metadata(
        "generalProductInformation",
        "DMD",
        "General Product Information",
        """
        <s1sarl1:standAloneProductInformation>
          <s1sarl1:missionDataTakeID>%d</s1sarl1:missionDataTakeID>
          <s1sarl1:transmitterReceiverPolarisation>VV</s1sarl1:transmitterReceiverPolarisation>
          <s1sarl1:transmitterReceiverPolarisation>VH</s1sarl1:transmitterReceiverPolarisation>
          <s1sarl1:productClass>S</s1sarl1:productClass>
          <s1sarl1:productClassDescription>SAR Standard L1 Product</s1sarl1:productClassDescription>
          <s1sarl1:productComposition>Individual</s1sarl1:productComposition>
          <s1sarl1:productType>GRD</s1sarl1:productType>
          <s1sarl1:productTimelinessCategory>Fast-24h</s1sarl1:productTimelinessCategory>
          <s1sarl1:sliceProductFlag>false</s1sarl1:sliceProductFlag>
        </s1sarl1:standAloneProductInformation>
        """
            .formatted(product.dataTake()));
  }

  private String period() {
    return metadata(
        "acquisitionPeriod",
        "DMD",
        "Acquisition Period",
        """
        <safe:acquisitionPeriod>
          <safe:startTime>%s</safe:startTime>
          <safe:stopTime>%s</safe:stopTime>
        </safe:acquisitionPeriod>
        """
            .formatted(product.time(0), product.stopTime()));
  }

  private String frame() {
    // Last line first, near to far range, then back: the order of real descending products.
    String corners =
        Stream.of(
                geometry.locate(0, spec.height()),
                geometry.locate(spec.width(), spec.height()),
                geometry.locate(spec.width(), 0),
                geometry.locate(0, 0))
            .map(SafeManifest::corner)
            .collect(Collectors.joining(" "));
    return metadata(
        "measurementFrameSet",
        "DMD",
        "Frame Set",
        """
        <safe:frameSet>
          <safe:frame>
            <safe:footPrint srsName="http://www.opengis.net/gml/srs/epsg.xml#4326">
              <gml:coordinates>%s</gml:coordinates>
            </safe:footPrint>
          </safe:frame>
        </safe:frameSet>
        """
            .formatted(corners));
  }

  private static String corner(LonLat p) {
    return String.format(Locale.ROOT, "%.6f,%.6f", p.lat(), p.lon());
  }

  private static String dataObject(Entry entry, Path file) throws IOException {
    boolean pixels = entry.schema().equals(MEASUREMENT_SCHEMA);
    return """
            <dataObject ID="%s" repID="%s">
              <byteStream mimeType="%s" size="%d">
                <fileLocation locatorType="URL" href="./%s"/>
                <checksum checksumName="MD5">%s</checksum>
              </byteStream>
            </dataObject>
        """
        .formatted(
            entry.id(),
            entry.schema(),
            pixels ? "application/octet-stream" : "text/xml",
            Files.size(file),
            entry.href(),
            md5(file));
  }

  private static String md5(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("MD5");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }
}
