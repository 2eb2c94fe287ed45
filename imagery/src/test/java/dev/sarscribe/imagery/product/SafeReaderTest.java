package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafeReaderTest {
  @TempDir Path folder;

  private static void requireRefused(Path path, Reason reason, String saying) {
    assertThatThrownBy(() -> Products.open(path))
        .isInstanceOfSatisfying(SceneException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(saying);
  }

  @Test
  void aProductIsCalibratedWithNoiseRemoved() throws Exception {
    try (Product p = Products.open(SmallSafe.write(folder))) {
      float[] vv = p.scene("VV").read(new Window(0, 0, 120, 80));

      // line 40 is halfway between the vectors, pixel 50 halfway along them; noise 1000 x 1.5
      assertThat(vv[40 * 120 + 50]).isCloseTo((1e4f - 1500) / (300f * 300), within(1e-6f));
      // outside the azimuth block, and beyond the last calibrated pixel
      assertThat(vv[40 * 120 + 119]).isCloseTo((1e4f - 1000) / (350f * 350), within(1e-6f));
      assertThat(vv[5]).isNaN();
      // a window reads as the same part of the whole
      assertThat(p.scene("VV").read(new Window(49, 33, 2, 10))[15]).isEqualTo(vv[40 * 120 + 50]);
      // the old noise format, and noise above the signal
      assertThat(p.scene("VH").read(new Window(0, 0, 1, 1))[0]).isEqualTo(1e-5f);
    }
  }

  @Test
  void metadataSayWhoWhenAndWhere() throws Exception {
    try (Product p = Products.open(SmallSafe.write(folder))) {
      ProductInfo info = p.info();
      assertThat(info.productId()).isEqualTo(SmallSafe.ID);
      assertThat(info.acquisitionId() + "_0664").isEqualTo(SmallSafe.ID);
      assertThat(info.polarizations()).containsExactly("VV", "VH");
      assertThat(info.platform()).contains("sentinel-1a");
      assertThat(info.relativeOrbit()).contains(46);
      assertThat(info.sensing())
          .isEqualTo(
              new ProductInfo.Sensing(
                  Optional.of(45268),
                  Optional.of("right"),
                  Optional.of("C"),
                  Optional.of(30.0),
                  Optional.of(41.9)));
      assertThat(info.processing())
          .isEqualTo(
              new ProductInfo.Processing(
                  Optional.of("L1"),
                  Optional.of("003.52"),
                  Optional.of(Instant.parse("2022-10-02T22:40:05Z"))));
      assertThat(info.orbitState()).contains("descending");
      assertThat(info.attribution()).contains("Contains modified Copernicus Sentinel data 2022");
      assertThat(info.footprintGeoJson().orElseThrow()).contains("MultiPolygon");
      Scene scene = p.scene("VV");
      assertThat(scene.incidenceAngleDeg(60.5, 20).orElseThrow()).isCloseTo(36, within(1e-9));
      // annotated numbers are pixel centres
      assertThat(scene.geolocation().orElseThrow().locate(0.5, 0.5).lat())
          .isCloseTo(10, within(1e-9));
      assertThat(scene.geolocation().orElseThrow().locate(119.5, 40.5).lon())
          .isCloseTo(-179.9931, within(1e-6));
    }
  }

  @Test
  void theZipReadsAsTheFolderAndItsUnpackedFilesAreDeleted() throws Exception {
    Path root = SmallSafe.write(folder);
    Path zip = SmallSafe.zip(root, folder.resolve(SmallSafe.ID + ".zip"));
    try (Product a = Products.open(root);
        Product b = Products.open(zip)) {
      assertThat(b.info()).isEqualTo(a.info());
      Window w = new Window(0, 0, 120, 80);
      assertThat(b.scene("VH").read(w)).isEqualTo(a.scene("VH").read(w));
    }
  }

  @Test
  void aStripmapProductOfOnePolarizationIsRead() throws Exception {
    // given the small product with its VV only, as mode SM has it
    Path root = SmallSafe.write(folder);
    String stem = SmallSafe.stem("vv");
    for (String pattern :
        List.of(
            "measurement/%s.tiff",
            "annotation/%s.xml",
            "annotation/calibration/calibration-%s.xml",
            "annotation/calibration/noise-%s.xml")) {
      Files.delete(root.resolve(pattern.formatted(SmallSafe.stem("vh"))));
      Path file = root.resolve(pattern.formatted(stem));
      Files.move(file, root.resolve(pattern.formatted(stem.replace("-iw-", "-s3-"))));
    }
    Path annotation = root.resolve("annotation/" + stem.replace("-iw-", "-s3-") + ".xml");
    Files.writeString(
        annotation,
        Files.readString(annotation)
            .replace("<mode>IW", "<mode>SM")
            .replace("<swath>IW", "<swath>S3"));
    Path manifest = root.resolve("manifest.safe");
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replaceAll("<byteStream><fileLocation[^>]*-vh-[^>]*></byteStream>", "")
            .replace("-iw-", "-s3-"));
    Path stripmap =
        Files.move(root, folder.resolve(SmallSafe.ID.replace("IW_GRDH_1SDV", "S3_GRDH_1SSV")));
    // when
    try (Product p = Products.open(stripmap)) {
      // then
      assertThat(p.scenes()).hasSize(1);
      assertThat(p.info().polarizations()).containsExactly("VV");
      assertThat(p.info().instrumentMode()).contains("SM");
      assertThat(p.info().productId()).contains("S3_GRDH_1SSV");
      float[] vv = p.scene("VV").read(new Window(50, 40, 1, 1));
      assertThat(vv[0]).isCloseTo((1e4f - 1500) / (300f * 300), within(1e-6f));
    }
  }

  @Test
  void aMissingOrEmptyMeasurementIsNamed() throws Exception {
    Path root = SmallSafe.write(folder);
    Path vh = root.resolve("measurement/" + SmallSafe.stem("vh") + ".tiff");
    Files.write(vh, new byte[0]);
    requireRefused(root, Reason.MISSING_MEASUREMENT, SmallSafe.stem("vh"));
    Files.delete(vh);
    requireRefused(root, Reason.MISSING_MEASUREMENT, SmallSafe.stem("vh"));
  }

  @Test
  void sizesThatDisagreeAreRefused() throws Exception {
    Path root = SmallSafe.write(folder);
    SmallSafe.measurement(root, "vh", 120, 79);
    requireRefused(root, Reason.SIZE_MISMATCH, "120 x 79");
    Files.writeString(
        root.resolve("annotation/" + SmallSafe.stem("vh") + ".xml"),
        SmallSafe.annotation("vh", 120, 79));
    requireRefused(root, Reason.SIZE_MISMATCH, "VH as 120 x 79");
  }

  @Test
  void aManifestThatLeadsOutsideIsCorrupt() throws Exception {
    Path root = SmallSafe.write(folder);
    for (String evil :
        List.of("../measurement/x.tiff", "/measurement/x.tiff", "a/../measurement/")) {
      Files.writeString(
          root.resolve("manifest.safe"), "<a><fileLocation href='%s'/></a>".formatted(evil));
      requireRefused(root, Reason.CORRUPT, "outside");
    }
  }

  @Test
  void anEntityBombInTheManifestIsCorrupt() throws Exception {
    Path root = SmallSafe.write(folder);
    Files.writeString(root.resolve("manifest.safe"), "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>");
    requireRefused(root, Reason.CORRUPT, "manifest.safe");
  }

  @Test
  void damagedMetadataAndZipsAreRefusedAndNeverBreakTheProgram() throws Exception {
    // given
    Random random = new Random(11);
    Path root = SmallSafe.write(folder);
    Path zip = SmallSafe.zip(root, folder.resolve(SmallSafe.ID + ".zip"));
    List<Path> targets = new ArrayList<>(List.of(zip, root.resolve("manifest.safe")));
    targets.add(root.resolve("annotation/" + SmallSafe.stem("vv") + ".xml"));
    targets.add(root.resolve("annotation/calibration/noise-" + SmallSafe.stem("vv") + ".xml"));
    for (Path target : targets) {
      byte[] good = Files.readAllBytes(target);
      for (int i = 0; i < 60; i++) {
        byte[] bad = good.clone();
        bad[random.nextInt(bad.length)] = (byte) (random.nextBoolean() ? '9' : random.nextInt());
        Files.write(target, bad);
        // when, then
        openAnyhow(target.equals(zip) ? zip : root);
      }
      Files.write(target, good);
    }
  }

  private static void openAnyhow(Path path) throws IOException {
    try (Product p = Products.open(path)) {
      p.scenes().get(0).read(new Window(0, 0, 10, 10));
    } catch (SceneException e) {
      assertThat(e).hasMessageContaining(": ");
    }
  }

  @Test
  void aMeasurementDamagedInsideAZipIsNamedByTheZip() throws Exception {
    Path root = SmallSafe.write(folder);
    Path tiff = root.resolve("measurement/" + SmallSafe.stem("vv") + ".tiff");
    byte[] good = Files.readAllBytes(tiff);
    Files.write(tiff, java.util.Arrays.copyOf(good, good.length - 50));
    Path zip = SmallSafe.zip(root, folder.resolve(SmallSafe.ID + ".zip"));

    assertThatThrownBy(() -> Products.open(zip))
        .isInstanceOf(SceneException.class)
        .hasMessageStartingWith(SmallSafe.ID + ".zip: measurement/" + SmallSafe.stem("vv"));
  }

  @Test
  void realMetadataAreReadAndTheirMissingMeasurementsNamed() throws Exception {
    Path scenes = RealData.scenes();
    List<Path> products = new ArrayList<>();
    for (String kind : List.of("safe-without-measurement", "safe-zip")) {
      assumeTrue(Files.isDirectory(scenes.resolve(kind)), "real data are absent");
      try (var list = Files.list(scenes.resolve(kind))) {
        products.addAll(list.toList());
      }
    }
    assertThat(products).isNotEmpty();
    for (Path path : products) {
      requireRefused(path, Reason.MISSING_MEASUREMENT, "measurement/");
      requireReadable(path);
    }
  }

  private static void requireReadable(Path path) throws SceneException {
    try (SafeFiles files =
        Files.isDirectory(path) ? new SafeFiles.Folder(path) : ZippedSafe.open(path)) {
      for (SafeReader.Band band : SafeReader.bands(files.xml("manifest.safe"), files)) {
        SafeAnnotation a = band.annotation(files);
        assertThat(a.width()).isBetween(9000, 27_000);
        assertThat(a.incidence().at(a.width() / 2.0, 100)).isBetween(30.0, 42.0);
        double[] spacing =
            dev.sarscribe.imagery.geo.Footprints.spacingM(
                a.geolocation(), a.width() / 2.0, a.height() / 2.0);
        assertThat(spacing[0]).isCloseTo(a.rangeSpacingM(), within(0.02 * a.rangeSpacingM()));
        assertThat(spacing[1]).isCloseTo(a.azimuthSpacingM(), within(0.02 * a.azimuthSpacingM()));
        float[] gain = a.sigmaNought().alongRange(0, 0, a.width());
        assertThat(gain[a.width() / 2]).isBetween(100f, 2000f);
      }
    }
  }
}
