package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.oracle.Oracle;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GdalTranslateReaderTest {
  @TempDir Path folder;

  @BeforeEach
  void requirePosix() {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh to stand in for GDAL");
  }

  /** A stand-in for gdal_translate that notes where it was told to write, then does as it likes. */
  private GdalTranslateReader reader(String then, Duration mostTime, long mostBytes)
      throws IOException {
    Path script = folder.resolve("translate.sh");
    Files.writeString(
        script,
        "#!/bin/sh\nfor last; do :; done\necho \"$last\" > %s\n%s\n"
            .formatted(folder.resolve("where"), then));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    return new GdalTranslateReader(script.toString(), mostTime, mostBytes);
  }

  private Path target() throws IOException {
    return Path.of(Files.readString(folder.resolve("where")).strip());
  }

  private void requireRefused(GdalTranslateReader reader, Reason reason, String saying)
      throws IOException {
    Path source = folder.resolve("scene_VV.ntf");
    Files.write(source, new byte[100]);
    assertThatThrownBy(() -> reader.open(source))
        .isInstanceOfSatisfying(SceneException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageStartingWith("scene_VV.ntf: ")
        .hasMessageContaining(saying);
  }

  @Test
  void otherFormatsHaveGdalsPixelsAndTheNameAndContentOfTheirOwnFile() throws Exception {
    assumeTrue(Oracle.has("gdal_translate"), "gdal_translate is not installed");
    List<String> names = Oracle.python("formats.py", folder).lines().toList();
    assertThat(names).hasSizeGreaterThanOrEqualTo(6);
    GdalTranslateReader reader =
        reader("exec gdal_translate \"$@\"", Duration.ofMinutes(1), 1L << 30);
    for (String name : names) {
      Path file = folder.resolve(name);
      assertThat(reader.supports(file)).as(name).isTrue();
      // when
      try (Product p = reader.open(file)) {
        // then
        Scene scene = p.scenes().get(0);
        float[] expected = Oracle.floats(folder.resolve(name + ".raw"));
        float[] got = scene.read(new Window(0, 0, 70, 50));
        assertThat(Arrays.mismatch(got, expected)).as(name).isEqualTo(-1);
        requireKept(p.info(), scene, file);
        assertThat(target()).exists();
      }
      assertThat(target().getParent()).as("temporary files of " + name).doesNotExist();
    }
  }

  private static void requireKept(ProductInfo info, Scene scene, Path file) throws Exception {
    String name = file.getFileName().toString();
    String base = name.substring(0, name.lastIndexOf('.'));
    assertThat(info.productId()).isEqualTo(base);
    assertThat(info.acquisitionId()).isEqualTo(base + "-" + ContentDigest.of(file));
    assertThat(info.polarizations()).containsExactly("VH");
    assertThat(info.gsdM().orElseThrow()).isBetween(9.9, 10.1);
    if (name.contains("Float")) {
      assertThat(scene.radiometry()).isEqualTo(Radiometry.SIGMA0_DB);
    }
  }

  @Test
  void withoutGdalAFileIsRefusedWithAHint() throws Exception {
    GdalTranslateReader reader =
        new GdalTranslateReader("no-such-gdal_translate", Duration.ofMinutes(1), 1 << 20);

    requireRefused(reader, Reason.UNSUPPORTED, "install GDAL");
  }

  @Test
  void aChildThatTakesTooLongIsKilledAndLeavesNothing() throws Exception {
    requireRefused(
        reader("exec sleep 60", Duration.ofMillis(300), 1 << 20), Reason.TOO_LARGE, "took over");
    assertThat(target().getParent()).doesNotExist();
  }

  @Test
  void aChildThatWritesTooMuchIsKilledAndLeavesNothing() throws Exception {
    requireRefused(
        reader("head -c 3000000 /dev/zero > $last; exec sleep 60", Duration.ofMinutes(1), 1 << 20),
        Reason.TOO_LARGE,
        "became over 1 MiB");
    assertThat(target().getParent()).doesNotExist();
  }

  @Test
  void whatGdalCannotReadOrWritesAsNoGeoTiffIsRefusedAndLeavesNothing() throws Exception {
    requireRefused(
        reader("echo what is this; exit 1", Duration.ofMinutes(1), 1 << 20),
        Reason.CORRUPT,
        "what is this");
    assertThat(target().getParent()).doesNotExist();
    requireRefused(
        reader("echo nonsense > $last", Duration.ofMinutes(1), 1 << 20),
        Reason.NOT_A_PRODUCT,
        "is no TIFF");
    assertThat(target().getParent()).doesNotExist();
  }

  @Test
  void aHeaderWithoutPixelsIsNoProductOfItsOwn() {
    assertThat(new GdalTranslateReader().supports(folder.resolve("scene.hdr"))).isFalse();
  }

  @Test
  void aFileThatOnlyRefersToAnotherIsNotFollowedWhateverItsName() throws Exception {
    assumeTrue(Oracle.has("gdal_translate"), "gdal_translate is not installed");
    Path other = folder.resolve("other.tif");
    try (GeoTiffWriter w = GeoTiffWriter.builder(other, 2, 1).open()) {
      w.writeRows(new byte[] {1, 2});
    }
    String reference =
        """
        <VRTDataset rasterXSize="2" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">
        <SimpleSource><SourceFilename>%s</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
        </VRTRasterBand></VRTDataset>
        """
            .formatted(other);
    for (String ending : List.of("img", "ntf", "jp2", "nc", "rst")) {
      Path source = folder.resolve("reference." + ending);
      Files.writeString(source, reference);
      assertThatThrownBy(() -> new GdalTranslateReader().open(source))
          .as(ending)
          .isInstanceOf(SceneException.class)
          .hasMessageStartingWith("reference." + ending + ": ");
    }
    assertThat(new GdalTranslateReader().supports(Path.of("reference.vrt"))).isFalse();
  }
}
