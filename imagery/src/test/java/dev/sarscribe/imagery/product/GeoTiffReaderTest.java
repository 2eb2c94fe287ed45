package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.geo.Gcp;
import dev.sarscribe.imagery.picture.PlainImages;
import dev.sarscribe.imagery.radiometry.NormalisedBand;
import dev.sarscribe.imagery.radiometry.Recipes;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoTiffReaderTest {
  @TempDir Path folder;

  private Path floats(String name, float... values) throws Exception {
    Path path = folder.resolve(name);
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, values.length, 1).sampleType(SampleType.FLOAT32).open()) {
      w.writeRows(values);
    }
    return path;
  }

  private static Radiometry radiometry(Path path) throws Exception {
    try (Product p = Products.open(path)) {
      return p.scenes().get(0).radiometry();
    }
  }

  @Test
  void theValuesOfFloatsTellDecibelsFromPowers() throws Exception {
    assertThat(radiometry(floats("a.tif", -12, -20, -8, 1))).isEqualTo(Radiometry.SIGMA0_DB);
    assertThat(radiometry(floats("b.tif", 0.1f, -0.002f, 3))).isEqualTo(Radiometry.SIGMA0_LINEAR);
    assertThat(radiometry(floats("c.tif", 1e4f, 3e5f, 9e4f))).isEqualTo(Radiometry.INTENSITY);
    assertThat(radiometry(floats("d_norm_dB.tif", 1, 2))).isEqualTo(Radiometry.SIGMA0_DB);
  }

  @Test
  void sixteenBitsAreAmplitudesWhoseZeroIsNodata() throws Exception {
    Path path = folder.resolve("dn.tif");
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 3, 1).sampleType(SampleType.UINT16).open()) {
      w.writeRows(new short[] {0, 1, (short) 65535});
    }
    try (Product p = Products.open(path)) {
      Scene s = p.scenes().get(0);
      assertThat(s.radiometry()).isEqualTo(Radiometry.AMPLITUDE);
      assertThat(s.read(new Window(0, 0, 3, 1))).containsExactly(Float.NaN, 1f, 65535f);
    }
  }

  @Test
  void undeclaredZerosOfDisplayPixelsAreNodataOnlyInLongRunsWhereverAWindowCuts() throws Exception {
    Path path = folder.resolve("display.tif");
    byte[] row = new byte[100];
    Arrays.fill(row, (byte) 9);
    Arrays.fill(row, 40, 56, (byte) 0); // a border
    Arrays.fill(row, 70, 85, (byte) 0); // dark water
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 100, 1).open()) {
      w.writeRows(row);
    }
    try (Product p = Products.open(path)) {
      Scene s = p.scenes().get(0);
      float[] whole = s.read(new Window(0, 0, 100, 1));
      assertThat(whole[40]).isNaN();
      assertThat(whole[55]).isNaN();
      assertThat(whole[70]).isZero();
      for (int x = 0; x < 100; x++) {
        assertThat(s.read(new Window(x, 0, 1, 1))).isEqualTo(new float[] {whole[x]});
      }
    }
  }

  @Test
  void aMaskFileHidesPixelsAndLeavesEveryOtherZeroValid() throws Exception {
    // given
    Path path = folder.resolve("display.tif");
    byte[] row = new byte[100];
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 100, 1).open()) {
      w.writeRows(row);
    }
    Arrays.fill(row, 50, 100, (byte) 255);
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(folder.resolve("display.tif.msk"), 100, 1).open()) {
      w.writeRows(row);
    }
    // when
    try (Product p = Products.open(path)) {
      float[] values = p.scenes().get(0).read(new Window(0, 0, 100, 1));
      // then
      assertThat(values[49]).isNaN();
      assertThat(values[50]).isZero();
    }
  }

  @Test
  void aMaskOfAnotherSizeIsRefused() throws Exception {
    Path path = floats("a.tif", 1, 2, 3);
    floats("a.tif.msk", 1, 1);

    requireReason(path, Reason.SIZE_MISMATCH);
  }

  @Test
  void aSceneOfZerosHasNoValidPixel() throws Exception {
    Path path = folder.resolve("black.tif");
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 64, 64).open()) {
      w.writeRows(new byte[64 * 64]);
    }
    TileImage tile = PlainImages.load(path, Recipes.standard());

    assertThat(NormalisedBand.validFraction(tile.pixels())).isZero();
  }

  @Test
  void metadataItemsAndBandNamesAreTaken() throws Exception {
    Path path = folder.resolve("scene one.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 100, 50)
            .bands(2)
            .epsg(32633)
            .affine(500_000, 5_000_000, 10, -10)
            .metadata(
                Map.of(
                    "PRODUCT",
                    "S1B_IW_GRDH_1SDV_20210401T052623_20210401T052648_026269_032297_ECC8",
                    "PLATFORM",
                    "simulator"))
            .bandDescriptions(List.of("HH", "HV"))
            .open()) {
      w.writeRows(new byte[100 * 50 * 2]);
    }
    try (Product p = Products.open(path)) {
      ProductInfo info = p.info();
      assertThat(info.acquisitionId()).matches("scene_one-[0-9a-f]{16}");
      assertThat(info.platform()).contains("simulator");
      assertThat(info.instrumentMode()).contains("IW");
      assertThat(info.relativeOrbit()).contains(168);
      assertThat(info.sensing().absoluteOrbit()).contains(26269);
      assertThat(info.sensing().observationDirection()).contains("right");
      assertThat(info.sensing().frequencyBand()).contains("C");
      assertThat(info.polarizations()).containsExactly("HH", "HV");
      assertThat(info.gsdM().orElseThrow()).isCloseTo(10, within(0.01));
      assertThat(p.scene("HV").geolocation().orElseThrow().locate(0, 0).lon())
          .isCloseTo(15, within(1e-9));
    }
  }

  @Test
  void aFileWithoutAnythingBeforeItsEndingIsAProductToo() throws Exception {
    try (Product p = Products.open(floats(".tif", 1, 2))) {
      assertThat(p.info().productId()).isEqualTo(".tif");
    }
  }

  @Test
  void metadataItemsThatNoMessageCouldCarryAreLeftOut() throws Exception {
    Path path = folder.resolve("boasting.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 1, 1)
            .metadata(
                Map.of("START_TIME", "+999999999-01-01T00:00:00Z", "PLATFORM", "x".repeat(100_000)))
            .open()) {
      w.writeRows(new byte[1]);
    }
    try (Product p = Products.open(path)) {
      assertThat(p.info().startTime()).isEmpty();
      assertThat(p.info().platform()).isEmpty();
    }
  }

  @Test
  void controlPointsLocateARaster() throws Exception {
    List<Gcp> gcps = new ArrayList<>();
    for (int y = 0; y <= 40; y += 20) {
      for (int x = 0; x <= 60; x += 20) {
        gcps.add(new Gcp(x, y, 5 + x * 0.001, 50 - y * 0.001));
      }
    }
    Path path = folder.resolve("gcps.tif");
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 60, 40).gcps(gcps).open()) {
      w.writeRows(new byte[60 * 40]);
    }
    try (Product p = Products.open(path)) {
      assertThat(p.scenes().get(0).geolocation().orElseThrow().locate(30, 10).lon())
          .isCloseTo(5.03, within(1e-8));
    }
  }

  @Test
  void whatIsNoProductIsRefusedWithAReason() throws Exception {
    Path text = folder.resolve("notes.txt");
    Files.writeString(text, "x");
    requireReason(text, Reason.NOT_A_PRODUCT);
    requireReason(folder, Reason.NOT_A_PRODUCT);
    requireReason(folder.resolve("absent.tif"), Reason.NOT_FOUND);
    assertThat(Products.looksLikeProduct(text)).isFalse();
    assertThat(Products.looksLikeProduct(folder.resolve("a.TIFF"))).isTrue();
  }

  private static void requireReason(Path path, Reason reason) {
    assertThatThrownBy(() -> Products.open(path))
        .isInstanceOfSatisfying(
            SceneException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void realScenesAreReadForWhatTheyAre() throws Exception {
    Path scenes = RealData.scenes();
    Path db = scenes.resolve("geotiff/S1A__IW___A_20150309T173017_VV_grd_mli_geo_norm_db.tif");
    try (Product p = Products.open(db)) {
      assertThat(p.scenes().get(0).radiometry()).isEqualTo(Radiometry.SIGMA0_DB);
      assertThat(p.info().orbitState()).contains("ascending");
      assertThat(p.info().gsdM().orElseThrow()).isCloseTo(20, within(0.01));
    }
    Path la = scenes.resolve("s1-los-angeles/sar/003.tif");
    try (Product p = Products.open(la)) {
      assertThat(p.scenes().get(0).radiometry()).isEqualTo(Radiometry.DISPLAY);
      assertThat(p.info().polarizations()).containsExactly("VH");
      assertThat(p.info().gsdM().orElseThrow()).isBetween(8.0, 8.5);
    }
    Path empty = scenes.resolve("sen1floods11/S1/Paraguay_34417_S1Hand.tif");
    assertThat(NormalisedBand.validFraction(PlainImages.load(empty, Recipes.standard()).pixels()))
        .isZero();
  }

  @Test
  void decibelsAreKnownWhereverTheDataOfALargeRasterLie() throws Exception {
    int side = 3000;
    for (int[] columns : new int[][] {{260, 540}, {0, 70}, {1400, 1700}}) {
      Path path = folder.resolve("strip-of-data.tif");
      try (GeoTiffWriter w =
          GeoTiffWriter.builder(path, side, side)
              .sampleType(SampleType.FLOAT32)
              .deflate(true)
              .open()) {
        float[] row = new float[side];
        Arrays.fill(row, Float.NaN);
        for (int x = columns[0]; x < columns[1]; x++) {
          row[x] = -12 - x % 7;
        }
        for (int y = 0; y < side; y++) {
          w.writeRows(row);
        }
      }
      try (Product p = new GeoTiffReader().open(path)) {
        assertThat(p.scenes().get(0).radiometry()).isEqualTo(Radiometry.SIGMA0_DB);
      }
    }
  }

  @Test
  void aFillValueThatNobodyDeclaredIsNodata() throws Exception {
    Path path = folder.resolve("filled.tif");
    float fill = 9.96921e36f; // netCDF's
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 4, 1)
            .sampleType(SampleType.FLOAT32)
            .metadata(Map.of("RADIOMETRY", "AMPLITUDE"))
            .open()) {
      w.writeRows(new float[] {fill, -fill, 3, -3});
    }
    try (Product p = new GeoTiffReader().open(path)) {
      assertThat(p.scenes().get(0).read(new Window(0, 0, 4, 1)))
          .containsExactly(Float.NaN, Float.NaN, 3, Float.NaN);
    }
  }
}
