package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.TestTiles;
import dev.sarscribe.imagery.TileImage;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LetterboxTest {
  private static final ModelFolder.Input INPUT = new ModelFolder.Input(512, 1 / 255.0, 2.0);

  @Test
  void aTileOfTheModelsSizeEntersUnchanged() {
    TileImage tile = TestTiles.tile(1, 512, 512);

    float[] square = square(tile);

    assertThat(square[700]).isCloseTo((tile.pixels()[700] & 0xff) / 255f, within(1e-6f));
    assertThat(square).hasSize(512 * 512);
  }

  @Test
  void aWideTileIsShrunkToTheUpperPartAndTheRestIsZero() {
    byte[] white = new byte[1024 * 512];
    Arrays.fill(white, (byte) 255);

    float[] square = square(new TileImage("white", 1024, 512, white));

    assertThat(square[255 * 512 + 511]).isCloseTo(1f, within(1e-6f));
    assertThat(square[256 * 512]).isZero();
  }

  @Test
  void aSmallTileIsEnlargedTwiceAtMost() {
    byte[] white = new byte[100 * 60];
    Arrays.fill(white, (byte) 255);

    float[] square = square(new TileImage("white", 100, 60, white));

    assertThat(square[119 * 512 + 199]).isCloseTo(1f, within(1e-6f));
    assertThat(square[119 * 512 + 200]).isZero();
    assertThat(square[120 * 512]).isZero();
  }

  @Test
  void aBoxBecomesStepsOfTheSquare() {
    Letterbox wide = Letterbox.of(INPUT, TestTiles.tile(1, 1024, 512));

    assertThat(wide.rewriteBoxes("What is in [512, 256, 102.4, 1023]?", 100))
        .isEqualTo("What is in [50, 25, 10, 99]?");
  }

  @Test
  void severalBoxesAreRewrittenAndThoseOutsideAreClamped() {
    Letterbox box = Letterbox.of(INPUT, TestTiles.tile(1, 512, 512));

    assertThat(box.rewriteBoxes("From [-5,0,  600,512] to [ 256 , 256 , 1 , 1 ]", 100))
        .isEqualTo("From [0, 0, 99, 99] to [50, 50, 0, 0]");
  }

  @Test
  void otherBracketsStayAsTheyAre() {
    Letterbox box = Letterbox.of(INPUT, TestTiles.tile(1, 512, 512));

    assertThat(box.rewriteBoxes("[1, 2, 3] [a, b, c, d] $1 \\ [", 100))
        .isEqualTo("[1, 2, 3] [a, b, c, d] $1 \\ [");
  }

  private static float[] square(TileImage tile) {
    FloatBuffer target = FloatBuffer.allocate(512 * 512);
    Letterbox.of(INPUT, tile).write(tile.pixels(), target);
    return target.array();
  }
}
