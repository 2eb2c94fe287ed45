package dev.sarscribe.captioner;

import dev.sarscribe.imagery.TileImage;
import java.util.List;

/** The synthetic tile that every engine describes when it opens. */
public final class Probe {
  private static final Question QUESTION =
      new Question("probe", Application.OTHERS, "Is there water in the image?");

  /** Both kinds of text that a model may be asked for. */
  private static final PromptSet PROMPTS = new PromptSet("probe", "1", true, List.of(QUESTION));

  private Probe() {}

  /**
   * Has a captioner describe a tile, so that a model that cannot work fails at the start.
   *
   * @param size edge of the tile in pixels
   * @param what names the model in the message
   * @throws CaptionerException if the engine fails or refuses the tile
   */
  public static void run(Captioner captioner, int size, String what) throws CaptionerException {
    byte[] pixels = new byte[size * size];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % size ^ i / size);
    }
    TileImage tile = new TileImage("probe", size, size, pixels);
    if (captioner.caption(List.of(tile), PROMPTS).get(0) instanceof Outcome.Failed failed) {
      throw new CaptionerException(
          "%s cannot describe a synthetic tile: %s".formatted(what, failed.reason()));
    }
  }
}
