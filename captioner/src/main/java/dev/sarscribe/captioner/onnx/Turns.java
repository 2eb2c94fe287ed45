package dev.sarscribe.captioner.onnx;

import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Prompts of some tiles, generated in turns: no more at once than may be, and those of like length
 * beside each other, since the shorter ones of a turn are filled up to the longest.
 */
final class Turns {
  private Turns() {}

  /** Generates a text for each tile and prompt, those of a tile beside each other. */
  @FunctionalInterface
  interface Turn {
    List<Generated> generate(List<String> prompts) throws CaptionerException, TranslateException;
  }

  /** Counts the tokens of a prompt. */
  @FunctionalInterface
  interface Length {
    int of(String prompt) throws CaptionerException;
  }

  /**
   * Generates all texts.
   *
   * @param tiles how many there are, at least 1
   * @param maxSequences texts generated at once; one prompt of all tiles at least
   * @return texts by tile and prompt
   */
  static List<List<Generated>> all(
      int tiles, List<String> prompts, Length length, int maxSequences, Turn turn)
      throws CaptionerException, TranslateException {
    int[] lengths = new int[prompts.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = length.of(prompts.get(i));
    }
    Generated[][] texts = new Generated[tiles][lengths.length];
    for (List<Integer> part : parts(lengths, Math.max(1, maxSequences / tiles))) {
      List<Generated> generated = turn.generate(part.stream().map(prompts::get).toList());
      for (int i = 0; i < generated.size(); i++) {
        texts[i / part.size()][part.get(i % part.size())] = generated.get(i);
      }
    }
    return Arrays.stream(texts).map(List::of).toList();
  }

  /**
   * The prompts of each turn, by index: in none of them is one more than twice another's length.
   */
  static List<List<Integer>> parts(int[] lengths, int most) {
    List<List<Integer>> parts = new ArrayList<>();
    List<Integer> part = new ArrayList<>();
    for (int i :
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> lengths[i]))
            .toList()) {
      if (!part.isEmpty() && (part.size() == most || lengths[i] > 2 * lengths[part.get(0)])) {
        parts.add(part);
        part = new ArrayList<>();
      }
      part.add(i);
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }
}
