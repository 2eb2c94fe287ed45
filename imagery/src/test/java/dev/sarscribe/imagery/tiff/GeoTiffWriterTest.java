package dev.sarscribe.imagery.tiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.imagery.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoTiffWriterTest {
  @TempDir Path folder;

  @Test
  void rowsComeBackAsTheyWereAppended() throws Exception {
    for (boolean deflate : new boolean[] {false, true}) {
      // given
      Path path = folder.resolve("rows.tif");
      float[] row = new float[2 * 1000];
      // when
      try (GeoTiffWriter w =
          GeoTiffWriter.builder(path, 1000, 300)
              .sampleType(SampleType.FLOAT32)
              .bands(2)
              .deflate(deflate)
              .nodata(-99)
              .epsg(32631)
              .affine(500_000, 4_800_000, 10, -10)
              .metadata(Map.of("RADIOMETRY", "SIGMA0_DB", "NOTE", "a < b & \"c\""))
              .bandDescriptions(List.of("VV", "VH"))
              .open()) {
        for (int y = 0; y < 300; y++) {
          for (int i = 0; i < row.length; i++) {
            row[i] = y * 10_000 + i;
          }
          w.writeRows(row);
        }
      }
      // then
      try (TiffRaster r = TiffRaster.open(path)) {
        assertThat(r.read(1, new Window(10, 299, 2, 1))).containsExactly(2_990_021f, 2_990_023f);
        assertThat(r.read(0, new Window(998, 0, 2, 2)))
            .containsExactly(1996f, 1998f, 11_996f, 11_998f);
        assertThat(r.geoTags().nodata()).hasValue(-99);
        assertThat(r.geoTags().metadata()).containsEntry("NOTE", "a < b & \"c\"");
        assertThat(r.geoTags().bandDescriptions()).containsEntry(1, "VH");
        assertThat(r.geoTags().keys()).containsEntry(3072, 32631);
      }
    }
  }

  @Test
  void aWriterClosedTooEarlyLeavesNoFile() throws Exception {
    Path path = folder.resolve("half.tif");
    GeoTiffWriter w = GeoTiffWriter.builder(path, 10, 10).open();
    w.writeRows(new byte[50]);

    assertThatThrownBy(w::close).isInstanceOf(IOException.class).hasMessageContaining("5 of 10");
    assertThat(Files.exists(path)).isFalse();
  }
}
