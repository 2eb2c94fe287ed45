package dev.sarscribe.captioner.onnx;

import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.util.ArrayList;
import java.util.List;

/** Prompts of some tiles, generated in turns where they are more than may be at once. */
final class Turns {
  private Turns() {}

  /** Generates a text for each tile and prompt, those of a tile beside each other. */
  @FunctionalInterface
  interface Turn {
    List<Generated> generate(List<String> prompts) throws CaptionerException, TranslateException;
  }

  /**
   * Generates all texts.
   *
   * @param tiles how many there are, at least 1
   * @param maxSequences texts generated at once; one prompt of all tiles at least
   * @return texts by tile and prompt
   */
  static List<List<Generated>> all(int tiles, List<String> prompts, int maxSequences, Turn turn)
      throws CaptionerException, TranslateException {
    List<List<Generated>> result = new ArrayList<>();
    for (int tile = 0; tile < tiles; tile++) {
      result.add(new ArrayList<>(prompts.size()));
    }
    int promptsAtOnce = Math.max(1, maxSequences / tiles);
    for (int from = 0; from < prompts.size(); from += promptsAtOnce) {
      List<String> part = prompts.subList(from, Math.min(prompts.size(), from + promptsAtOnce));
      List<Generated> generated = turn.generate(part);
      for (int i = 0; i < generated.size(); i++) {
        result.get(i / part.size()).add(generated.get(i));
      }
    }
    return result;
  }
}
