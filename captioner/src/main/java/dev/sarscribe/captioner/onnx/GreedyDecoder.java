package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Usage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Generates texts token by token, always the likeliest, with a key-value cache that goes from one
 * step's outputs to the next one's inputs without being copied to the Java heap.
 *
 * <p>Shapes: S sequences, T tokens of this step, P of the steps before, L layers, H heads, Dh
 * values per head. Not thread-safe.
 */
final class GreedyDecoder {
  static final Set<String> INPUTS =
      Set.of("tokens", "attention_mask", "cross_keys", "cross_values", "past_keys", "past_values");

  static final Set<String> OUTPUTS =
      Set.of("next_token", "next_probability", "present_keys", "present_values");

  private final Graph graph;
  private final ModelFolder model;
  private Usage usage = Usage.NONE;

  GreedyDecoder(Graph graph, ModelFolder model) {
    this.graph = graph;
    this.model = model;
  }

  /**
   * One decoded sequence.
   *
   * @param tokens without the end-of-sequence
   * @param logProbability natural logarithm of the probability of the whole sequence, its end
   *     included; not a number if the model's probabilities are none
   * @param steps tokens decoded, the end-of-sequence included
   */
  record Generated(List<Long> tokens, double logProbability, int steps) {
    /** The probability of the whole text, 0 to 1: how sure the model is of an answer. */
    double probability() {
      return Math.exp(logProbability);
    }

    /**
     * The geometric mean of the tokens' probabilities, 0 to 1: how sure the model is of a caption,
     * whose many possible wordings share the probability among them.
     */
    double meanProbability() {
      return Math.exp(logProbability / steps);
    }
  }

  /**
   * Generates one text per prompt.
   *
   * @param memory {@code cross_keys} and {@code cross_values} of B tiles
   * @param prompts token ids, B times Q of them, those of a tile adjacent
   * @param maxTokens where a text ends at the latest
   */
  List<Generated> decode(NDManager manager, NDList memory, List<long[]> prompts, int maxTokens)
      throws TranslateException {
    Batch batch = new Batch(prompts, maxTokens, model.tokens());
    NDArray keys = emptyPast(manager, "past_keys", prompts.size());
    NDArray values = emptyPast(manager, "past_values", prompts.size());
    try {
      while (batch.isOpen()) {
        try (NDManager step = manager.newSubManager()) {
          NDList inputs = batch.inputs(step);
          inputs.addAll(memory);
          inputs.add(keys);
          inputs.add(values);
          NDList outputs = graph.run(inputs);
          batch.append(
              outputs.get("next_token").toLongArray(),
              outputs.get("next_probability").toFloatArray());
          keys.close();
          keys = carry(outputs.get("present_keys"), "past_keys", manager);
          values.close();
          values = carry(outputs.get("present_values"), "past_values", manager);
        }
      }
    } finally {
      keys.close();
      values.close();
    }
    usage = usage.plus(batch.usage());
    return batch.texts();
  }

  /** What all calls have generated. */
  Usage usage() {
    return usage;
  }

  private NDArray emptyPast(NDManager manager, String name, int sequences) {
    Shape shape = new Shape(model.layers(), sequences, model.heads(), 0, model.headDim());
    NDArray past = manager.create(directBytes(0).asFloatBuffer(), shape, DataType.FLOAT32);
    past.setName(name);
    return past;
  }

  private static NDArray carry(NDArray present, String name, NDManager manager) {
    present.attach(manager);
    present.setName(name);
    return present;
  }

  private static ByteBuffer directBytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.nativeOrder());
  }

  /** The sequences of one call and how far each of them is. */
  private static final class Batch {
    private final ModelFolder.SpecialTokens special;
    private final int maxTokens;

    /** Left padding of each sequence in the prompts' rectangle. */
    private final int[] padding;

    /** Generated so far, {@code [S][maxTokens]}. */
    private final long[][] generated;

    private final int[] lengths;
    private final double[] logProbabilities;
    private final boolean[] ended;
    private final LongBuffer tokens;
    private final LongBuffer mask;
    private int steps;
    private long positions;
    private long paddedPositions;

    /** T of the next step: the longest prompt, then 1. */
    private int width;

    /** P + T of the next step. */
    private int columns;

    Batch(List<long[]> prompts, int maxTokens, ModelFolder.SpecialTokens special) {
      int size = prompts.size();
      this.special = special;
      this.maxTokens = maxTokens;
      width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
      columns = width;
      padding = prompts.stream().mapToInt(prompt -> width - prompt.length).toArray();
      generated = new long[size][maxTokens];
      lengths = new int[size];
      logProbabilities = new double[size];
      ended = new boolean[size];
      tokens = longs(size * width);
      mask = longs(size * (width + maxTokens));
      for (int i = 0; i < size; i++) {
        for (int column = 0; column < padding[i]; column++) {
          tokens.put(special.pad());
        }
        tokens.put(prompts.get(i));
      }
    }

    boolean isOpen() {
      return steps < maxTokens && IntStream.range(0, ended.length).anyMatch(i -> !ended[i]);
    }

    /** {@code tokens [S,T]} and {@code attention_mask [S,P+T]} of the next step. */
    NDList inputs(NDManager manager) {
      fillMask();
      NDArray ids = manager.create(tokens.flip(), new Shape(ended.length, width), DataType.INT64);
      ids.setName("tokens");
      NDArray valid = manager.create(mask.flip(), new Shape(ended.length, columns), DataType.INT64);
      valid.setName("attention_mask");
      return new NDList(ids, valid);
    }

    private void fillMask() {
      mask.clear();
      for (int paddingOfRow : padding) {
        for (int column = 0; column < columns; column++) {
          mask.put(column < paddingOfRow ? 0 : 1);
        }
      }
    }

    /** Takes a step's results and prepares the next step's tokens. */
    void append(long[] next, float[] probability) {
      count();
      tokens.clear();
      for (int i = 0; i < ended.length; i++) {
        if (!ended[i]) {
          generated[i][steps] = next[i];
          lengths[i]++;
          logProbabilities[i] += Math.log(Math.min(1.0, probability[i]));
          ended[i] = next[i] == special.eos();
        }
        tokens.put(ended[i] ? special.pad() : next[i]);
      }
      steps++;
      width = 1;
      columns++;
    }

    private void count() {
      positions += (long) ended.length * width;
      paddedPositions +=
          steps == 0
              ? Arrays.stream(padding).sum()
              : IntStream.range(0, ended.length).filter(i -> ended[i]).count();
    }

    Usage usage() {
      return new Usage(Arrays.stream(lengths).sum(), positions, paddedPositions);
    }

    List<Generated> texts() {
      return IntStream.range(0, ended.length).mapToObj(this::text).toList();
    }

    private Generated text(int i) {
      int words = ended[i] ? lengths[i] - 1 : lengths[i];
      return new Generated(
          Arrays.stream(generated[i], 0, words).boxed().toList(), logProbabilities[i], lengths[i]);
    }

    private static LongBuffer longs(int count) {
      return directBytes(Math.multiplyExact(count, Long.BYTES)).asLongBuffer();
    }
  }
}
