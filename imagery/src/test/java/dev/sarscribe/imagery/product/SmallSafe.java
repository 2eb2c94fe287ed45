package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A SAFE of 120 x 80 pixels in the layout of the real ones; DN is 100, gain 200 to 400. */
public final class SmallSafe {
  public static final String ID =
      "S1A_IW_GRDH_1SDV_20221002T205126_20221002T205156_045268_056950_0664";
  static final int WIDTH = 120;
  static final int HEIGHT = 80;

  private SmallSafe() {}

  public static String stem(String pol) {
    return "s1a-iw-grd-%s-20221002t205126-20221002t205156-045268-056950-00%s"
        .formatted(pol, pol.equals("vv") ? "1" : "2");
  }

  public static Path write(Path parent) throws IOException {
    Path root = Files.createDirectories(parent.resolve(ID + ".SAFE"));
    Path calibration = Files.createDirectories(root.resolve("annotation/calibration"));
    Files.createDirectories(root.resolve("measurement"));
    StringBuilder objects = new StringBuilder();
    for (String pol : List.of("vh", "vv")) {
      objects.append(
          "<byteStream><fileLocation href=\"./measurement/%s.tiff\"/></byteStream>"
              .formatted(stem(pol)));
      Files.writeString(
          root.resolve("annotation/" + stem(pol) + ".xml"), annotation(pol, WIDTH, HEIGHT));
      Files.writeString(
          calibration.resolve("calibration-" + stem(pol) + ".xml"), calibrationTable());
      Files.writeString(
          calibration.resolve("noise-" + stem(pol) + ".xml"), noise(pol.equals("vv")));
      measurement(root, pol, WIDTH, HEIGHT);
    }
    Files.writeString(
        root.resolve("manifest.safe"),
        "<x:XFDU xmlns:x='urn:x'><x:o type='start'/><relativeOrbitNumber type='start'>46"
            + "</relativeOrbitNumber><orbitNumber type='start'>45268</orbitNumber>"
            + "<processing name='GRD Post Processing' stop='2022-10-02T22:40:05.000000'>"
            + "<facility><software name='Sentinel-1 IPF' version='003.52'/></facility>"
            + "<processing stop='2022-10-02T22:38:17'><software version='1'/></processing>"
            + "</processing>%s</x:XFDU>".formatted(objects));
    return root;
  }

  static void measurement(Path root, String pol, int width, int height) throws IOException {
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(root.resolve("measurement/" + stem(pol) + ".tiff"), width, height)
            .sampleType(SampleType.UINT16)
            .open()) {
      short[] rows = new short[width * height];
      Arrays.fill(rows, (short) 100);
      rows[5] = 0;
      w.writeRows(rows);
    }
  }

  static String annotation(String pol, int width, int height) {
    StringBuilder grid = new StringBuilder();
    for (int line : new int[] {0, 40, 79}) {
      for (int pixel : new int[] {0, 60, 119}) {
        grid.append(
            ("<geolocationGridPoint><line>%d</line><pixel>%d</pixel><latitude>%s</latitude>"
                    + "<longitude>%s</longitude><incidenceAngle>%s</incidenceAngle>"
                    + "</geolocationGridPoint>")
                .formatted(
                    line, pixel, 10 - line * 1e-4, 179.995 + pixel * 1e-4, 30 + pixel / 10.0));
      }
    }
    return """
        <product><adsHeader><missionId>S1A</missionId><productType>GRD</productType>
        <polarisation>%s</polarisation><mode>IW</mode><swath>IW</swath>
        <startTime>2022-10-02T20:51:26.995649</startTime>
        <stopTime>2022-10-02T20:51:56.012438</stopTime></adsHeader>
        <generalAnnotation><productInformation><pass>Descending</pass></productInformation>
        </generalAnnotation><imageAnnotation><imageInformation>
        <rangePixelSpacing>1.0e+01</rangePixelSpacing>
        <azimuthPixelSpacing>1.0e+01</azimuthPixelSpacing>
        <numberOfSamples>%d</numberOfSamples><numberOfLines>%d</numberOfLines>
        </imageInformation></imageAnnotation><geolocationGrid><geolocationGridPointList>
        %s</geolocationGridPointList></geolocationGrid></product>
        """
        .formatted(pol.toUpperCase(java.util.Locale.ROOT), width, height, grid);
  }

  private static String calibrationTable() {
    return """
        <calibration><calibrationVectorList>
        <calibrationVector><line>-10</line><pixel>0 100</pixel>
        <sigmaNought>200 300</sigmaNought></calibrationVector>
        <calibrationVector><line>90</line><pixel>0 100</pixel>
        <sigmaNought>300 400</sigmaNought></calibrationVector>
        </calibrationVectorList></calibration>
        """;
  }

  private static String noise(boolean recent) {
    if (!recent) {
      return "<noise><noiseVectorList><noiseVector><line>0</line><pixel>0</pixel>"
          + "<noiseLut>20000</noiseLut></noiseVector></noiseVectorList></noise>";
    }
    return """
        <noise><noiseRangeVectorList><noiseRangeVector><line>0</line><pixel>0 119</pixel>
        <noiseRangeLut>1000 1000</noiseRangeLut></noiseRangeVector></noiseRangeVectorList>
        <noiseAzimuthVectorList><noiseAzimuthVector><swath>IW1</swath>
        <firstAzimuthLine>0</firstAzimuthLine><lastAzimuthLine>79</lastAzimuthLine>
        <firstRangeSample>0</firstRangeSample><lastRangeSample>59</lastRangeSample>
        <line>0 80</line><noiseAzimuthLut>1 2</noiseAzimuthLut>
        </noiseAzimuthVector></noiseAzimuthVectorList></noise>
        """;
  }

  public static Path zip(Path root, Path zip) throws IOException {
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream z = new ZipOutputStream(out);
        var files = Files.walk(root)) {
      for (Path f : files.filter(Files::isRegularFile).toList()) {
        z.putNextEntry(new ZipEntry(root.getParent().relativize(f).toString().replace('\\', '/')));
        Files.copy(f, z);
      }
    }
    return zip;
  }
}
