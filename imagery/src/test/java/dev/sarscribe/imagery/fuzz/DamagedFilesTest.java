package dev.sarscribe.imagery.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.imagery.tiff.TiffFixture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files cut at every byte and with every bit turned that could matter. */
class DamagedFilesTest {
  /** Fields of a directory that the fixture writes, at least. */
  private static final int TAGS = 12;

  @TempDir Path folder;

  /** Strips and tiles, classic and BigTIFF, raw and compressed, of both byte orders. */
  private List<byte[]> tiffs() throws IOException {
    List<byte[]> all = new ArrayList<>();
    int[] compressions = {1, 5, 8, 50000};
    for (int i = 0; i < compressions.length; i++) {
      Path file = folder.resolve("sound.tif");
      new TiffFixture(
              i % 2 == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
              i > 1,
              i % 3 == 0,
              i == 2,
              compressions[i],
              i == 0 ? 1 : 2,
              SampleType.UINT16,
              i == 2 ? 2 : 1,
              20,
              15)
          .write(file);
      all.add(Files.readAllBytes(file));
    }
    return all;
  }

  @Test
  void aTiffCutAtAnyByteOfItsPixelsOrDirectoryIsRefused() throws Exception {
    for (byte[] whole : tiffs()) {
      int directory = directory(whole);
      for (int length = 0; length < whole.length; length++) {
        Optional<Reason> outcome = TiffFuzz.outcome(Arrays.copyOf(whole, length));
        if (length < directory + 100) {
          assertThat(outcome).as("%d of %d bytes", length, whole.length).isPresent();
        }
      }
      assertThat(TiffFuzz.outcome(whole)).isEmpty();
    }
  }

  @Test
  void aTiffWithAnyBitOfItsHeaderOrDirectoryTurnedIsReadOrRefusedByName() throws Exception {
    for (byte[] whole : tiffs()) {
      int directory = directory(whole);
      int refused = 0;
      int end = directory + 8 + TAGS * (whole[2] == 43 || whole[3] == 43 ? 20 : 12);
      for (int at = 0; at < end; at = at == 15 ? directory : at + 1) {
        for (int bit = 0; bit < 8; bit++) {
          byte[] bad = whole.clone();
          bad[at] ^= (byte) (1 << bit);
          refused += TiffFuzz.outcome(bad).isPresent() ? 1 : 0;
        }
      }
      assertThat(refused).isGreaterThan(8 * 100);
    }
  }

  private static int directory(byte[] tiff) {
    ByteBuffer b = ByteBuffer.wrap(tiff);
    b.order(tiff[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    return b.getShort(2) == 43 ? (int) b.getLong(8) : b.getInt(4);
  }

  @Test
  void metadataCutAtAnyByteAreCorrupt() {
    for (String part : XmlFuzz.PARTS) {
      byte[] whole = new String(XmlFuzz.good(part), UTF_8).strip().getBytes(UTF_8);
      for (int length = 0; length < whole.length; length++) {
        byte[] input = XmlFuzz.input(part, Arrays.copyOf(whole, length));
        assertThat(XmlFuzz.outcome(input))
            .as("%d bytes of %s", length, part)
            .contains(Reason.CORRUPT);
      }
    }
  }

  @Test
  void aZipCutAnywhereIsCorrupt() {
    byte[] whole = HandmadeZip.of("x/", HandmadeZip.safe()).bytes();
    assertThat(SafeZipFuzz.outcome(whole)).isEmpty();
    for (int length = 0; length < whole.length; length += 61) {
      assertThat(SafeZipFuzz.outcome(Arrays.copyOf(whole, length)))
          .as("%d bytes", length)
          .contains(Reason.CORRUPT);
    }
  }

  @Test
  void aPictureCutBeforeItsPixelsIsCorruptAndAnyOtherCutIsReadOrRefused() {
    byte[] png = HostilePictures.png(HostilePictures.header(4, 4, 8, 0), HostilePictures.pixels());
    for (byte[] whole : List.of(png, HostilePictures.jpeg(false), HostilePictures.jpeg(true))) {
      for (int length = 0; length < whole.length; length++) {
        Optional<Reason> outcome = PictureFuzz.outcome(Arrays.copyOf(whole, length));
        if (length < 30) {
          assertThat(outcome).as("%d bytes", length).contains(Reason.CORRUPT);
        }
      }
      assertThat(PictureFuzz.outcome(whole)).isEmpty();
    }
  }
}
