package dev.sarscribe.captioner;

import dev.sarscribe.imagery.TileImage;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Speckle-like tiles that are the same in every run. */
public final class TestTiles {
  private TestTiles() {}

  public static TileImage tile(int seed, int width, int height) {
    Random random = new Random(seed);
    byte[] pixels = new byte[width * height];
    for (int i = 0; i < pixels.length; i++) {
      boolean bright = (i % width / 32 + i / width / 32 * 5 + seed) % 7 == 0;
      pixels[i] = (byte) (random.nextInt(60) + (bright ? 180 : 20));
    }
    return new TileImage("test-" + seed, width, height, pixels);
  }

  public static List<TileImage> tiles(int count) {
    return IntStream.range(0, count).mapToObj(seed -> tile(seed, 512, 512)).toList();
  }

  public static PromptSet ask(String... questions) {
    List<Question> list =
        IntStream.range(0, questions.length)
            .mapToObj(i -> new Question("q" + i, Application.OTHERS, questions[i]))
            .toList();
    return new PromptSet("free", "1", false, list);
  }
}
