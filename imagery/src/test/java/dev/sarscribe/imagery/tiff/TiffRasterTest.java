package dev.sarscribe.imagery.tiff;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.fuzz.HandmadeTiff;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TiffRasterTest {
  @TempDir Path folder;

  private static TiffFixture fixture(int compression, int predictor, SampleType type) {
    return new TiffFixture(
        ByteOrder.LITTLE_ENDIAN, false, true, false, compression, predictor, type, 1, 150, 90);
  }

  @Test
  void everyKindOfFileGivesThePixelsThatWereWritten() throws Exception {
    for (TiffFixture f : allKinds()) {
      Path path = folder.resolve("any.tif");
      f.write(path);
      try (TiffRaster raster = TiffRaster.open(path)) {
        for (int band = 0; band < f.bands(); band++) {
          requireSame(f, band, raster.read(band, new Window(0, 0, 150, 90)), 0, 0, 150);
          requireSame(f, band, raster.read(band, new Window(29, 31, 77, 40)), 29, 31, 77);
        }
      } catch (SceneException | RuntimeException | AssertionError e) {
        throw new AssertionError("of " + f, e);
      }
    }
  }

  @Test
  void anyWindowOfAnyLayoutReadsAsTheSamePartOfTheWhole() throws Exception {
    Random random = new Random(31);
    Path path = folder.resolve("any.tif");
    for (int i = 0; i < 200; i++) {
      TiffFixture f = anyFixture(random);
      f.write(path);
      try (TiffRaster raster = TiffRaster.open(path)) {
        for (int n = 0; n < 6; n++) {
          int x = random.nextInt(f.width());
          int y = random.nextInt(f.height());
          int band = random.nextInt(f.bands());
          int width = 1 + random.nextInt(f.width() - x);
          Window w = new Window(x, y, width, 1 + random.nextInt(f.height() - y));
          requireSame(f, band, raster.read(band, w), x, y, width);
        }
      } catch (SceneException | RuntimeException | AssertionError e) {
        throw new AssertionError("of " + f, e);
      }
    }
  }

  private static TiffFixture anyFixture(Random random) {
    int compression = new int[] {1, 5, 8, 32946, 50000}[random.nextInt(5)];
    SampleType type = SampleType.values()[random.nextInt(5)];
    int best = type.sampleFormat() == 3 ? 3 : 2;
    int bands = 1 + random.nextInt(4);
    return new TiffFixture(
        random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
        random.nextBoolean(),
        random.nextBoolean(),
        bands > 1 && random.nextBoolean(),
        compression,
        compression == 1 || random.nextBoolean() ? 1 : best,
        type,
        bands,
        1 + random.nextInt(100),
        1 + random.nextInt(100));
  }

  private static List<TiffFixture> allKinds() {
    List<TiffFixture> all = new ArrayList<>();
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      for (int compression : new int[] {1, 5, 8, 32946, 50000}) {
        for (SampleType type : SampleType.values()) {
          for (int kind = 0; kind < 8; kind++) {
            boolean floating = type.sampleFormat() == 3;
            int predictor = compression == 1 || (kind & 1) == 0 ? 1 : floating ? 3 : 2;
            int bands = (kind & 2) == 0 ? 1 : 3;
            all.add(
                new TiffFixture(
                    order,
                    kind % 3 == 0,
                    (kind & 4) == 0,
                    bands == 3 && kind > 4,
                    compression,
                    predictor,
                    type,
                    bands,
                    150,
                    90));
          }
        }
      }
    }
    return all;
  }

  private static void requireSame(TiffFixture f, int band, float[] got, int x0, int y0, int width) {
    for (int i = 0; i < got.length; i++) {
      float expected = f.value(band, x0 + i % width, y0 + i / width);
      if (got[i] != expected) {
        throw new AssertionError("pixel %d is %s, not %s".formatted(i, got[i], expected));
      }
    }
  }

  @Test
  void aDamagedFileIsRefusedAndNeverBreaksTheProgram() throws Exception {
    // given
    Random random = new Random(20_261_124);
    Path path = folder.resolve("damaged.tif");
    for (int kind = 0; kind < 10; kind++) {
      int compression = new int[] {1, 5, 8, 50000, 8}[kind % 5];
      new TiffFixture(
              ByteOrder.LITTLE_ENDIAN,
              kind % 2 == 0,
              kind > 4,
              false,
              compression,
              compression == 1 ? 1 : 2,
              SampleType.UINT16,
              1,
              60,
              40)
          .write(path);
      byte[] good = Files.readAllBytes(path);
      for (int i = 0; i < 60; i++) {
        // when
        byte[] bad = mutated(good, random);
        Files.write(path, bad);
        // then
        readAnyhow(path);
      }
    }
  }

  private static byte[] mutated(byte[] good, Random random) {
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(good, random.nextInt(good.length));
    }
    byte[] bad = good.clone();
    int flips = 1 + random.nextInt(4);
    for (int i = 0; i < flips; i++) {
      int tail = Math.min(bad.length, 400); // the directory, where damage is worst
      int at =
          random.nextBoolean() ? random.nextInt(bad.length) : bad.length - 1 - random.nextInt(tail);
      bad[at] = (byte) random.nextInt(256);
    }
    return bad;
  }

  private static void readAnyhow(Path path) throws IOException {
    try (TiffRaster raster = TiffRaster.open(path)) {
      int width = Math.min(raster.width(), 300);
      raster.read(0, new Window(0, 0, width, Math.min(raster.height(), 300)));
    } catch (SceneException e) {
      assertThat(e).hasMessageStartingWith("damaged.tif: ");
    }
  }

  @Test
  void aBlockThatYieldsMoreThanItsSizeGivesItsBeginning() throws Exception {
    byte[] more = new byte[5000];
    new Random(1).nextBytes(more);
    byte[] stored = com.github.luben.zstd.Zstd.compress(more);
    byte[] block = new byte[3000];

    BlockDecoder.decode(50000, stored, block, block.length);
    assertThat(block).isEqualTo(Arrays.copyOf(more, block.length));
  }

  @Test
  void aTileThatWasNeverWrittenHoldsTheNodataValueAsNearAsItsTypeComesToIt() throws Exception {
    HandmadeTiff tiff = HandmadeTiff.classic().size(32, 16).tiles(16, 2);
    tiff.longs(324, tiff.pixelsAt(), 0).longs(325, 256, 0);
    tiff.field(42113, HandmadeTiff.ASCII, 5, "99999".getBytes(US_ASCII));
    Path path = folder.resolve("sparse.tif");
    Files.write(path, tiff.bytes());

    try (TiffRaster raster = TiffRaster.open(path)) {
      assertThat(raster.read(0, new Window(15, 3, 3, 1))).containsExactly(0, 255, 255);
    }
  }

  @Test
  void aFileCutInItsPixelsIsTruncated() throws Exception {
    Path path = folder.resolve("cut.tif");
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, 100, 100).open()) {
      w.writeRows(new byte[10_000]);
    }
    byte[] whole = Files.readAllBytes(path);
    ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(path, Arrays.copyOf(whole, whole.length - 300));

    assertThatThrownBy(() -> TiffRaster.open(path))
        .isInstanceOfSatisfying(
            SceneException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED));
  }

  @Test
  void whatIsNoTiffIsNoProduct() throws Exception {
    Path path = folder.resolve("text.tif");
    Files.writeString(path, "this is a plain text");

    assertThatThrownBy(() -> TiffRaster.open(path))
        .isInstanceOfSatisfying(
            SceneException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_A_PRODUCT));
  }

  @Test
  void jpegAndLercAreRefusedByName() throws Exception {
    Path path = folder.resolve("other.tif");
    fixture(7, 1, SampleType.UINT8).write(path);
    assertThatThrownBy(() -> TiffRaster.open(path)).hasMessageContaining("JPEG");
    fixture(34887, 1, SampleType.UINT8).write(path);
    assertThatThrownBy(() -> TiffRaster.open(path)).hasMessageContaining("LERC");
  }

  @Test
  void directoriesThatFormALoopAreCorrupt() throws Exception {
    // given a directory of one entry, marked a thumbnail, whose successor is itself
    ByteBuffer b = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    b.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) 1);
    b.putShort((short) 254).putShort((short) 4).putInt(1).putInt(1).putInt(8);
    Path path = folder.resolve("loop.tif");
    Files.write(path, b.array());

    assertThatThrownBy(() -> TiffRaster.open(path)).hasMessageContaining("loop");
  }

  @Test
  void aWindowThatLeavesTheImageIsTheCallersFault() throws Exception {
    Path path = folder.resolve("small.tif");
    fixture(8, 1, SampleType.UINT8).write(path);
    try (TiffRaster raster = TiffRaster.open(path)) {
      assertThatThrownBy(() -> raster.read(0, new Window(100, 0, 51, 10)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aMetadataEntityBombIsRefused() throws Exception {
    Path path = folder.resolve("bomb.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 4, 4).metadata(java.util.Map.of("K", "v".repeat(400))).open()) {
      w.writeRows(new byte[16]);
    }
    String file = Files.readString(path, java.nio.charset.StandardCharsets.ISO_8859_1);
    int at = file.indexOf("<GDALMetadata>");
    String bomb = "<!DOCTYPE a [<!ENTITY x \"yyyyyyyyyy\"><!ENTITY z \"&x;&x;&x;\">]><a>&z;</a>";
    String evil = file.substring(0, at) + bomb + "\0" + file.substring(at + bomb.length() + 1);
    Files.writeString(path, evil, java.nio.charset.StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> TiffRaster.open(path))
        .isInstanceOfSatisfying(
            SceneException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CORRUPT));
  }
}
