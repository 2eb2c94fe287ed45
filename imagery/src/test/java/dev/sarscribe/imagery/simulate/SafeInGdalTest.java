package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.imagery.geo.LonLat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GDAL's Sentinel-1 driver takes a simulated product for a real one. */
class SafeInGdalTest {
  private static final SceneSpec SCENE = SceneSpec.sentinel1(700, 500, 4, SceneKind.COAST);

  /** Opens the manifest, describes it as JSON, and calibrates VV by the table that GDAL found. */
  private static final String DESCRIBE =
      """
      import sys, json, numpy as np, xml.etree.ElementTree as ET
      from osgeo import gdal
      gdal.UseExceptions()
      d = gdal.Open(sys.argv[1] + '/manifest.safe')
      g = d.GetGCPs()
      bands = {d.GetRasterBand(i).GetMetadataItem('POLARIZATION'): d.GetRasterBand(i)
               for i in range(1, d.RasterCount + 1)}
      table = ET.parse([f for f in d.GetFileList() if 'calibration-' in f and '-vv-' in f][0])
      vector = table.find('.//calibrationVector')
      pixels = np.array(vector.find('pixel').text.split(), float)
      lut = np.array(vector.find('sigmaNought').text.split(), float)
      dn = bands['VV'].ReadAsArray().astype(float)
      gain = np.interp(np.arange(d.RasterXSize), pixels, lut)
      (dn / gain).astype('<f4').tofile(sys.argv[2])
      subs = [gdal.Open(name) for name, _ in d.GetSubDatasets()]
      print(json.dumps({
          'driver': d.GetDriver().ShortName, 'width': d.RasterXSize, 'height': d.RasterYSize,
          'bands': sorted(bands), 'gcps': len(g), 'subdatasets': [s.RasterCount for s in subs],
          'last': [g[-1].GCPPixel, g[-1].GCPLine, g[-1].GCPX, g[-1].GCPY],
          'mode': d.GetMetadataItem('BEAM_MODE'), 'start': d.GetMetadataItem('ACQUISITION_START_TIME'),
          'warning': gdal.GetLastErrorMsg()}))
      """;

  @TempDir Path dir;
  private JsonNode said;
  private Path amplitude;

  @BeforeEach
  void openTheProductWithGdal() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3 for GDAL");
    Path safe =
        SceneSimulator.writeSafe(SCENE, dir.resolve("in"), dir.resolve("t"), ProgressListener.NONE);
    amplitude = dir.resolve("amplitude.raw");
    said = describe(safe);
  }

  private JsonNode describe(Path safe) throws IOException, InterruptedException {
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    Process python =
        new ProcessBuilder(
                "/usr/bin/python3", "-c", DESCRIBE, safe.toString(), amplitude.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(python.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String complaint = Files.readString(err);
    assumeTrue(!complaint.contains("No module named"), "GDAL's Python binding is not installed");
    assertThat(python.exitValue()).as(complaint).isZero();
    return new ObjectMapper().readTree(out.toFile());
  }

  @Test
  void theSentinel1DriverOpensItWithBothPolarizationsAndAllSubdatasets() {
    assertThat(said.get("driver").asText()).isEqualTo("SAFE");
    assertThat(said.get("bands").toString()).isEqualTo("[\"VH\",\"VV\"]");
    assertThat(said.get("width").asInt()).isEqualTo(700);
    assertThat(said.get("height").asInt()).isEqualTo(500);
    // Each polarization alone and both together, not calibrated: what GDAL offers of any GRD.
    assertThat(said.get("subdatasets").toString()).isEqualTo("[1,1,2]");
    assertThat(said.get("mode").asText()).isEqualTo("IW");
    assertThat(said.get("start").asText()).startsWith("20");
    assertThat(said.get("warning").asText()).isEmpty();
  }

  @Test
  void itsControlPointsLieWhereTheGeometryPutsThem() {
    assertThat(said.get("gcps").asInt()).isEqualTo(21 * 11);
    JsonNode last = said.get("last");
    // GDAL takes pixel and line of the annotation as they are; they mean the centre of a pixel.
    double pixel = last.get(0).asDouble();
    double line = last.get(1).asDouble();
    LonLat expected = new IwGeometry(SCENE).locate(pixel + 0.5, line + 0.5);
    assertThat(last.get(2).asDouble()).isCloseTo(expected.lon(), within(1e-7));
    assertThat(last.get(3).asDouble()).isCloseTo(expected.lat(), within(1e-7));
  }

  @Test
  void calibratedByItsTableItIsTheRenderedSigmaNought() throws Exception {
    Band band = new SceneRenderer(SCENE).render(0, 500);
    float[] read = new float[band.vv().length];
    ByteBuffer.wrap(Files.readAllBytes(amplitude))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(read);
    // Half a digital number, and a little for the interpolation of the table.
    double half = 0.501 / new IwGeometry(SCENE).sigmaNought(700);
    for (int i = 0; i < read.length; i++) {
      double root = Math.sqrt(band.vv()[i]);
      assertThat((double) read[i]).isCloseTo(root, within(half + 1e-4 * root));
    }
  }
}
