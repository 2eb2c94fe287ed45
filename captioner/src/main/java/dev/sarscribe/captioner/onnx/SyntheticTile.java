package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.imagery.TileImage;
import java.util.List;

/** The probe that every captioner describes while it opens: what cannot work fails there. */
final class SyntheticTile {
  private SyntheticTile() {}

  /**
   * Has a captioner describe the tile, with captions and a question.
   *
   * @throws CaptionerException if it cannot
   */
  static void describe(Captioner captioner, ModelFolder model) throws CaptionerException {
    int size = model.input().size();
    byte[] pixels = new byte[size * size];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % size ^ i / size);
    }
    Question question = new Question("probe", Application.OTHERS, "Is there water in the image?");
    PromptSet prompts = new PromptSet("probe", "1", true, List.of(question));
    TileImage tile = new TileImage("probe", size, size, pixels);
    if (captioner.caption(List.of(tile), prompts).get(0) instanceof Outcome.Failed failed) {
      throw new CaptionerException(
          "model %s cannot describe a synthetic tile: %s".formatted(model.path(), failed.reason()));
    }
  }
}
