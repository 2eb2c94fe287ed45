package dev.sarscribe.imagery.picture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.imagery.TileImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PngCodecTest {
  @Test
  void speckleComesBackAsItWas() throws Exception {
    TileImage tile = new TileImage("speckle", 301, 203, speckle(301 * 203, 40));

    byte[] png = PngCodec.encode(tile);

    assertSame(PngCodec.decode("speckle", png), tile);
    assertThat(png.length).isLessThan(301 * 203);
  }

  @Test
  void nodataTakesNextToNothing() throws Exception {
    TileImage empty = new TileImage("empty", 512, 512, new byte[512 * 512]);
    byte[] half = speckle(512 * 512, 40);
    Arrays.fill(half, 0, half.length / 2, (byte) 0);
    TileImage margin = new TileImage("margin", 512, 512, half);

    assertThat(PngCodec.encode(empty).length).isLessThan(2000);
    assertThat(PngCodec.encode(margin).length).isLessThan(512 * 512 / 2);
    assertSame(PngCodec.decode("margin", PngCodec.encode(margin)), margin);
  }

  @Test
  void aTileOfOnePixelIsAPictureToo() throws Exception {
    TileImage tile = new TileImage("one", 1, 1, new byte[] {(byte) 200});

    assertSame(PngCodec.decode("one", PngCodec.encode(tile)), tile);
  }

  private static void assertSame(TileImage actual, TileImage expected) {
    assertThat(actual.width()).isEqualTo(expected.width());
    assertThat(actual.height()).isEqualTo(expected.height());
    assertThat(actual.pixels()).isEqualTo(expected.pixels());
  }

  private static byte[] speckle(int count, double scale) {
    Random random = new Random(3);
    byte[] pixels = new byte[count];
    for (int i = 0; i < count; i++) {
      double amplitude = scale * Math.sqrt(-Math.log(1 - random.nextDouble()));
      pixels[i] = (byte) Math.min(255, 1 + amplitude);
    }
    return pixels;
  }
}
