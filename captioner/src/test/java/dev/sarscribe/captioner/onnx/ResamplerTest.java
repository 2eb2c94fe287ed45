package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.ImageInput.Filter;
import org.junit.jupiter.api.Test;

/** The expected pixels were computed with Pillow 12.3.0; {@code BILINEAR} unless said. */
class ResamplerTest {
  @Test
  void enlargingGivesPillowsPixels() {
    byte[] actual = Resampler.resize(pattern(4 * 3), 4, 3, 7, 5);

    assertThat(unsigned(actual))
        .containsExactly(
            0, 17, 45, 83, 125, 177, 210, 27, 57, 105, 112, 115, 129, 138, 68, 117, 194, 155, 101,
            57, 30, 166, 179, 199, 179, 155, 142, 133, 232, 221, 202, 195, 191, 198, 202);
  }

  @Test
  void shrinkingAveragesAndGivesPillowsPixels() {
    byte[] actual = Resampler.resize(pattern(9 * 7), 9, 7, 4, 3);

    assertThat(unsigned(actual))
        .containsExactly(117, 163, 121, 141, 119, 137, 130, 154, 147, 191, 112, 125);
  }

  @Test
  void oneDirectionAloneGivesPillowsPixels() {
    byte[] actual = Resampler.resize(pattern(5 * 4), 5, 4, 5, 2);

    assertThat(unsigned(actual)).containsExactly(115, 95, 97, 195, 131, 202, 136, 201, 106, 106);
  }

  @Test
  void theBicubicFilterGivesPillowsPixels() {
    byte[] enlarged = Resampler.resize(pattern(4 * 3), 4, 3, 7, 5, Filter.BICUBIC);
    byte[] shrunk = Resampler.resize(pattern(9 * 7), 9, 7, 4, 3, Filter.BICUBIC);

    assertThat(unsigned(enlarged))
        .containsExactly(
            0, 4, 32, 73, 126, 195, 232, 12, 42, 99, 110, 112, 131, 141, 57, 113, 201, 168, 100, 49,
            24, 175, 189, 209, 188, 157, 140, 132, 248, 231, 202, 194, 197, 209, 217);
    assertThat(unsigned(shrunk))
        .containsExactly(115, 164, 117, 143, 117, 136, 130, 158, 147, 199, 108, 124);
  }

  @Test
  void theLanczosFilterGivesPillowsPixels() {
    byte[] enlarged = Resampler.resize(pattern(4 * 3), 4, 3, 7, 5, Filter.LANCZOS);
    byte[] shrunk = Resampler.resize(pattern(9 * 7), 9, 7, 4, 3, Filter.LANCZOS);

    assertThat(unsigned(enlarged))
        .containsExactly(
            1, 2, 26, 65, 132, 209, 245, 0, 33, 93, 112, 106, 124, 136, 49, 115, 198, 185, 96, 43,
            25, 179, 199, 217, 199, 157, 132, 125, 253, 232, 198, 186, 202, 219, 230);
    assertThat(unsigned(shrunk))
        .containsExactly(113, 167, 113, 143, 117, 135, 132, 159, 147, 201, 109, 123);
  }

  @Test
  void theSameSizeIsTheSameImage() {
    byte[] pixels = pattern(12);

    assertThat(Resampler.resize(pixels, 4, 3, 4, 3)).isSameAs(pixels);
  }

  private static byte[] pattern(int count) {
    byte[] pixels = new byte[count];
    for (int i = 0; i < count; i++) {
      pixels[i] = (byte) (i * 37 + i * i * 11);
    }
    return pixels;
  }

  private static int[] unsigned(byte[] pixels) {
    int[] values = new int[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      values[i] = pixels[i] & 0xff;
    }
    return values;
  }
}
