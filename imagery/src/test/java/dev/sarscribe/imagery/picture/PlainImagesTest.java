package dev.sarscribe.imagery.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.radiometry.Recipes;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlainImagesTest {
  @TempDir Path folder;

  private static TileImage noise(int width, int height) {
    byte[] pixels = new byte[width * height];
    new Random(3).nextBytes(pixels);
    return new TileImage("noise", width, height, pixels);
  }

  @Test
  void aTileSurvivesPngWithoutLossAndImageIoReadsIt() throws Exception {
    TileImage tile = noise(67, 31);
    byte[] png = PngCodec.encode(tile);

    assertThat(PngCodec.decode(png).pixels()).isEqualTo(tile.pixels());
    Path path = folder.resolve("tile.png");
    Files.write(path, png);
    assertThat(PlainImages.load(path, Recipes.standard()).pixels()).isEqualTo(tile.pixels());
  }

  @Test
  void colourBecomesLuminance() throws Exception {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, 0xFF0000);
    image.setRGB(1, 0, 0x00FF00);
    Path path = folder.resolve("colour.png");
    ImageIO.write(image, "png", path.toFile());

    assertThat(PlainImages.load(path, Recipes.standard()).pixels()).containsExactly(76, (byte) 150);
  }

  @Test
  void aPngThatClaimsToBeHugeIsRefusedBeforeItsPixelsAreDecoded() throws Exception {
    byte[] png = PngCodec.encode(noise(4, 4));
    ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    Path path = folder.resolve("huge.png");
    Files.write(path, png);

    assertThatThrownBy(() -> PlainImages.load(path, Recipes.standard()))
        .isInstanceOfSatisfying(
            SceneException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
  }

  @Test
  void damagedPngsAreRefusedAndNeverBreakTheProgram() {
    byte[] good = PngCodec.encode(noise(40, 40));
    Random random = new Random(9);
    for (int i = 0; i < 200; i++) {
      byte[] bad =
          random.nextInt(3) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
      if (bad.length > 0) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
      }
      try {
        assertThat(PngCodec.decode(bad)).isNotNull();
      } catch (IOException e) {
        assertThat(e).isNotNull();
      }
    }
  }

  @Test
  void aLargeProductBecomesAnOverviewOfBlockMeans() throws Exception {
    Path path = folder.resolve("large.tif");
    int width = 4200;
    int height = 4100;
    byte[] row = new byte[width];
    Arrays.fill(row, (byte) 50);
    for (int x = 0; x < width; x += 5) {
      row[x] = 100;
    }
    try (GeoTiffWriter w = GeoTiffWriter.builder(path, width, height).open()) {
      for (int y = 0; y < height; y++) {
        w.writeRows(row);
      }
    }
    TileImage tile = PlainImages.load(path, Recipes.standard());

    assertThat(tile.width()).isEqualTo(840);
    assertThat(tile.height()).isEqualTo(820);
    for (byte p : tile.pixels()) {
      assertThat(p).isEqualTo((byte) 60);
    }
  }
}
