package dev.sarscribe.imagery.simulate;

import dev.sarscribe.imagery.geo.LonLat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * The XML files of a simulated product, with the elements of the Sentinel-1 Product Specification
 * (S1-RS-MDA-52-7441) that readers use; what only a real acquisition has is left out.
 */
final class SafeXml {
  /** Columns between calibration and noise samples, as in real products. */
  private static final int TABLE_STEP = 40;

  /** Lines between calibration and noise vectors: one second. */
  private static final int VECTOR_STEP = 672;

  /** The geolocation grid has this many intervals across and along track. */
  private static final int GRID_COLUMNS = 20;

  private static final int GRID_ROWS = 10;
  static final double LIGHT_M_S = 299_792_458;
  static final double RADAR_HZ = 5.405000454334350e9;

  private final SceneSpec spec;
  private final IwProduct product;
  private final IwGeometry geometry;
  private final RangeTrend trend;

  SafeXml(SceneSpec spec, IwProduct product, IwGeometry geometry) {
    this.spec = spec;
    this.product = product;
    this.geometry = geometry;
    trend = new RangeTrend(spec);
  }

  /** Columns of the geolocation grid, the last pixel included. */
  int[] gridColumns() {
    return steps(spec.width() - 1, GRID_COLUMNS);
  }

  /** Lines of the geolocation grid, the last one included. */
  int[] gridRows() {
    return steps(spec.height() - 1, GRID_ROWS);
  }

  private static int[] steps(int last, int intervals) {
    int[] at = new int[intervals + 1];
    for (int i = 0; i <= intervals; i++) {
      at[i] = (int) ((long) last * i / intervals);
    }
    return at;
  }

  /** Start, up to the first list, common to the three annotations. */
  private String header(String root, String polarization) {
    return """
        <?xml version="1.0" encoding="UTF-8"?>
        <%s>
          <adsHeader>
            <missionId>S1A</missionId>
            <productType>GRD</productType>
            <polarisation>%s</polarisation>
            <mode>IW</mode>
            <swath>IW</swath>
            <startTime>%s</startTime>
            <stopTime>%s</stopTime>
            <absoluteOrbitNumber>%d</absoluteOrbitNumber>
            <missionDataTakeId>%d</missionDataTakeId>
            <imageNumber>%s</imageNumber>
          </adsHeader>
        """
        .formatted(
            root,
            polarization,
            product.time(0),
            product.stopTime(),
            product.orbit(),
            product.dataTake(),
            IwProduct.imageNumber(polarization));
  }

  String annotation(String polarization) {
    StringBuilder xml = new StringBuilder(header("product", polarization));
    xml.append(
        """
          <generalAnnotation>
            <productInformation>
              <pass>Descending</pass>
              <timelinessCategory>Fast-24h</timelinessCategory>
              <platformHeading>%s</platformHeading>
              <projection>Ground Range</projection>
              <rangeSamplingRate>6.434523812571428e+07</rangeSamplingRate>
              <radarFrequency>%s</radarFrequency>
              <azimuthSteeringRate>1.590368784000000e+00</azimuthSteeringRate>
            </productInformation>
        """
            .formatted(number(IwGeometry.headingDeg()), number(RADAR_HZ)));
    OrbitXml orbit = new OrbitXml(spec, product, geometry);
    xml.append(orbit.general()).append("  </generalAnnotation>\n");
    xml.append(imageInformation());
    xml.append(orbit.doppler());
    xml.append(
        "  <geolocationGrid>\n    <geolocationGridPointList count=\"%d\">\n"
            .formatted((GRID_COLUMNS + 1) * (GRID_ROWS + 1)));
    for (int line : gridRows()) {
      for (int pixel : gridColumns()) {
        xml.append(gridPoint(pixel, line));
      }
    }
    xml.append("    </geolocationGridPointList>\n  </geolocationGrid>\n");
    return xml.append(orbit.coordinateConversion()).append("</product>\n").toString();
  }

  private String imageInformation() {
    return """
          <imageAnnotation>
            <imageInformation>
              <productFirstLineUtcTime>%s</productFirstLineUtcTime>
              <productLastLineUtcTime>%s</productLastLineUtcTime>
              <ascendingNodeTime>%s</ascendingNodeTime>
              <productComposition>Individual</productComposition>
              <slantRangeTime>%s</slantRangeTime>
              <pixelValue>Detected</pixelValue>
              <outputPixels>16 bit Unsigned Integer</outputPixels>
              <rangePixelSpacing>%s</rangePixelSpacing>
              <azimuthPixelSpacing>%s</azimuthPixelSpacing>
              <azimuthTimeInterval>%s</azimuthTimeInterval>
              <azimuthFrequency>%s</azimuthFrequency>
              <numberOfSamples>%d</numberOfSamples>
              <numberOfLines>%d</numberOfLines>
              <incidenceAngleMidSwath>%s</incidenceAngleMidSwath>
            </imageInformation>
            <processingInformation>
              <srgrConversionApplied>true</srgrConversionApplied>
              <detectionPerformed>true</detectionPerformed>
              <thermalNoiseCorrectionPerformed>false</thermalNoiseCorrectionPerformed>
            </processingInformation>
          </imageAnnotation>
        """
        .formatted(
            product.time(0),
            product.stopTime(),
            product.ascendingNodeTime(),
            number(2 * geometry.slantRangeM(0) / LIGHT_M_S),
            number(spec.pixelSpacingM()),
            number(spec.pixelSpacingM()),
            number(IwProduct.LINE_INTERVAL_S),
            number(1 / IwProduct.LINE_INTERVAL_S),
            spec.width(),
            spec.height(),
            number(Math.toDegrees(geometry.incidence(spec.width() / 2.0))));
  }

  private String gridPoint(int pixel, int line) {
    // Annotated pixel and line numbers mean pixel centres.
    LonLat at = geometry.locate(pixel + 0.5, line + 0.5);
    return """
              <geolocationGridPoint>
                <azimuthTime>%s</azimuthTime>
                <slantRangeTime>%s</slantRangeTime>
                <line>%d</line>
                <pixel>%d</pixel>
                <latitude>%s</latitude>
                <longitude>%s</longitude>
                <height>0.000000000000000e+00</height>
                <incidenceAngle>%s</incidenceAngle>
                <elevationAngle>%s</elevationAngle>
              </geolocationGridPoint>
        """
        .formatted(
            product.time(line),
            number(2 * geometry.slantRangeM(pixel + 0.5) / LIGHT_M_S),
            line,
            pixel,
            number(at.lat()),
            number(at.lon()),
            number(Math.toDegrees(geometry.incidence(pixel + 0.5))),
            number(Math.toDegrees(geometry.elevation(pixel + 0.5))));
  }

  String calibration(String polarization) {
    List<Integer> lines = lines();
    StringBuilder xml = new StringBuilder(header("calibration", polarization));
    xml.append(
        """
          <calibrationInformation>
            <absoluteCalibrationConstant>1.000000e+00</absoluteCalibrationConstant>
          </calibrationInformation>
          <calibrationVectorList count="%d">
        """
            .formatted(lines.size()));
    for (int line : lines) {
      xml.append("    <calibrationVector>\n").append(vectorStart(line));
      xml.append(table("sigmaNought", geometry::sigmaNought));
      xml.append(table("betaNought", x -> IwGeometry.BETA_NOUGHT));
      xml.append(table("gamma", geometry::gammaNought));
      xml.append(table("dn", x -> IwGeometry.BETA_NOUGHT));
      xml.append("    </calibrationVector>\n");
    }
    return xml.append("  </calibrationVectorList>\n</calibration>\n").toString();
  }

  String noise(String polarization) {
    List<Integer> lines = lines();
    StringBuilder xml = new StringBuilder(header("noise", polarization));
    xml.append("  <noiseRangeVectorList count=\"%d\">\n".formatted(lines.size()));
    for (int line : lines) {
      xml.append("    <noiseRangeVector>\n").append(vectorStart(line));
      xml.append(
          table("noiseRangeLut", x -> trend.noise((int) x) * Math.pow(geometry.sigmaNought(x), 2)));
      xml.append("    </noiseRangeVector>\n");
    }
    xml.append("  </noiseRangeVectorList>\n");
    xml.append(noiseAzimuth());
    return xml.append("</noise>\n").toString();
  }

  /** One block over the whole image: this noise does not change along track. */
  private String noiseAzimuth() {
    return """
          <noiseAzimuthVectorList count="1">
            <noiseAzimuthVector>
              <swath>IW1</swath>
              <firstAzimuthLine>0</firstAzimuthLine>
              <firstRangeSample>0</firstRangeSample>
              <lastAzimuthLine>%d</lastAzimuthLine>
              <lastRangeSample>%d</lastRangeSample>
              <line count="2">0 %d</line>
              <noiseAzimuthLut count="2">1.000000e+00 1.000000e+00</noiseAzimuthLut>
            </noiseAzimuthVector>
          </noiseAzimuthVectorList>
        """
        .formatted(spec.height() - 1, spec.width() - 1, spec.height() - 1);
  }

  /** Every second; the last vector lies beyond the last line, as in real products. */
  private List<Integer> lines() {
    List<Integer> at = new ArrayList<>(List.of(0));
    for (int line = VECTOR_STEP; at.get(at.size() - 1) < spec.height(); line += VECTOR_STEP) {
      at.add(line);
    }
    return at;
  }

  private List<Integer> columns() {
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < spec.width() - 1; i += TABLE_STEP) {
      at.add(i);
    }
    at.add(spec.width() - 1);
    return at;
  }

  private String vectorStart(int line) {
    StringBuilder pixels = new StringBuilder();
    for (int column : columns()) {
      pixels.append(pixels.isEmpty() ? "" : " ").append(column);
    }
    return """
              <azimuthTime>%s</azimuthTime>
              <line>%d</line>
              <pixel count="%d">%s</pixel>
        """
        .formatted(product.time(line), line, columns().size(), pixels);
  }

  private String table(String name, DoubleUnaryOperator value) {
    StringBuilder values = new StringBuilder();
    for (int column : columns()) {
      values
          .append(values.isEmpty() ? "" : " ")
          .append(String.format(Locale.ROOT, "%.6e", value.applyAsDouble(column)));
    }
    return "      <%s count=\"%d\">%s</%s>\n".formatted(name, columns().size(), values, name);
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.15e", value);
  }
}
