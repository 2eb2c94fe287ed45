package dev.sarscribe.imagery.tiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.imagery.Window;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** GDAL writes what the reader reads, and reads what the writer wrote. */
class GdalOracleTest {
  /** Writes every combination, with GDAL's own reading of it as float32 beside. */
  private static final String WRITE =
      """
      import sys, numpy as np
      from osgeo import gdal
      gdal.UseExceptions()
      out = sys.argv[1]
      rng = np.random.default_rng(7)
      types = {'Byte': (gdal.GDT_Byte, np.uint8, 255), 'UInt16': (gdal.GDT_UInt16, np.uint16, 65535),
               'Int16': (gdal.GDT_Int16, np.int16, 30000), 'Float32': (gdal.GDT_Float32, np.float32, 1),
               'Float64': (gdal.GDT_Float64, np.float64, 1)}
      for name, (t, d, top) in types.items():
        a = np.cumsum(rng.random((2, 203, 317)), axis=2)
        a = (a / a.max() * top).astype(d)
        for c in ('NONE', 'LZW', 'DEFLATE', 'ZSTD'):
          for p in (['1'] if c == 'NONE' else ['1', '3'] if 'Float' in name else ['1', '2']):
            for tiled in ('YES', 'NO'):
              for more in (['INTERLEAVE=PIXEL'], ['INTERLEAVE=BAND', 'BIGTIFF=YES', 'ENDIANNESS=BIG']):
                f = '%s/%s-%s-%s-%s-%d.tif' % (out, name, c, p, tiled, len(more))
                o = ['COMPRESS=' + c, 'TILED=' + tiled] + more
                o += ['BLOCKXSIZE=64', 'BLOCKYSIZE=48'] if tiled == 'YES' else ['BLOCKYSIZE=5']
                o += [] if c == 'NONE' else ['PREDICTOR=' + p]
                ds = gdal.GetDriverByName('GTiff').Create(f, 317, 203, 2, t, o)
                ds.WriteArray(a)
                ds = None
                gdal.Open(f).ReadAsArray().astype('<f4').tofile(f + '.raw')
      """;

  private static final String READ =
      """
      import sys
      from osgeo import gdal
      gdal.UseExceptions()
      d = gdal.Open(sys.argv[1])
      print(d.GetGeoTransform(), d.GetRasterBand(1).GetNoDataValue(), d.GetMetadataItem('NOTE'),
            d.GetRasterBand(2).GetDescription(), d.GetSpatialRef().GetAuthorityCode(None),
            d.ReadAsArray().sum())
      """;

  @TempDir Path folder;

  private String python(String script, Path argument) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no /usr/bin/python3 for GDAL");
    Path log = folder.resolve("log");
    Process p =
        new ProcessBuilder("/usr/bin/python3", "-c", script, argument.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(p.waitFor(120, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(log);
    assumeTrue(!said.contains("No module named"), "GDAL's Python binding is not installed");
    assertThat(p.exitValue()).as(said).isZero();
    return said;
  }

  @Test
  void pixelsAreEqualToGdalsForEveryTypeCompressionPredictorAndLayout() throws Exception {
    // given
    python(WRITE, folder);
    List<Path> files;
    try (var all = Files.list(folder)) {
      files = all.filter(f -> f.toString().endsWith(".tif")).sorted().toList();
    }
    assertThat(files).hasSize(140);
    for (Path file : files) {
      ByteBuffer raw =
          ByteBuffer.wrap(Files.readAllBytes(Path.of(file + ".raw")))
              .order(ByteOrder.LITTLE_ENDIAN);
      float[] expected = new float[203 * 317];
      try (TiffRaster raster = TiffRaster.open(file)) {
        for (int band = 0; band < 2; band++) {
          raw.asFloatBuffer().get(band * expected.length, expected);
          // when
          float[] got = raster.read(band, new Window(0, 0, 317, 203));
          // then
          assertThat(got).as(file.getFileName().toString()).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void gdalReadsWhatTheWriterWrote() throws Exception {
    Path file = folder.resolve("written.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(file, 300, 200)
            .sampleType(SampleType.UINT16)
            .bands(2)
            .deflate(true)
            .nodata(0)
            .epsg(32611)
            .affine(380_000, 3_740_000, 10, -10)
            .metadata(java.util.Map.of("NOTE", "a<b"))
            .bandDescriptions(List.of("VV", "VH"))
            .open()) {
      short[] rows = new short[300 * 2 * 200];
      java.util.Arrays.fill(rows, (short) 3);
      w.writeRows(rows);
    }

    assertThat(python(READ, file).strip())
        .isEqualTo("(380000.0, 10.0, 0.0, 3740000.0, 0.0, -10.0) 0.0 a<b VH 32611 360000");
  }
}
