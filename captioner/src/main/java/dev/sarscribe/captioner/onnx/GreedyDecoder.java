package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Usage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Generates texts token by token, always the likeliest. What a step computes is the model family's
 * business ({@link Steps}); which tokens go in, where texts end and how likely they are is decided
 * and counted here.
 *
 * <p>Shapes: S rows, each of them a sequence that goes on or fills the batch up, T tokens of this
 * step, P of the steps before. Not thread-safe.
 */
final class GreedyDecoder {
  private final Ends ends;
  private Usage usage = Usage.NONE;

  GreedyDecoder(Ends ends) {
    this.ends = ends;
  }

  /** The steps of one call, with the cache that goes from each to the next. */
  interface Steps extends AutoCloseable {
    /**
     * Computes the token after those that the batch puts in.
     *
     * @param manager of this step; freed after it
     */
    Next next(NDManager manager, Batch batch) throws TranslateException;

    /**
     * Takes rows whose texts have ended out of the cache, where that saves more than it costs.
     *
     * @return the rows that stay, ascending, those that go on among them; empty if all stay
     */
    default Optional<int[]> narrow(Batch batch) {
      return Optional.empty();
    }

    /** Frees the cache. */
    @Override
    void close();
  }

  /** The likeliest next token of each row and its probability. */
  record Next(long[] tokens, float[] probabilities) {}

  /** What fills sequences up, and what ends them. */
  record Ends(long pad, Set<Long> tokens) {}

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
   * @param prompts token ids; shorter ones are padded on the left
   * @param maxTokens where a text ends at the latest
   */
  List<Generated> decode(NDManager manager, Steps steps, List<long[]> prompts, int maxTokens)
      throws TranslateException {
    Batch batch = new Batch(prompts, maxTokens, ends);
    while (batch.isOpen()) {
      try (NDManager step = manager.newSubManager()) {
        Next next = steps.next(step, batch);
        batch.append(next.tokens(), next.probabilities());
      }
      if (batch.isOpen()) {
        steps.narrow(batch).ifPresent(batch::keep);
      }
    }
    usage = usage.plus(batch.usage());
    return batch.texts();
  }

  /** What all calls have generated. */
  Usage usage() {
    return usage;
  }

  /** The sequences of one call, how far each of them is, and which of them are in the rows. */
  static final class Batch {
    private final Ends ends;
    private final List<long[]> prompts;
    private final int maxTokens;

    /** Left padding of each sequence in the prompts' rectangle. */
    private final int[] padding;

    /** Generated so far, by sequence, {@code [][maxTokens]}. */
    private final long[][] generated;

    private final int[] lengths;
    private final double[] logProbabilities;
    private final boolean[] ended;
    private final LongBuffer tokens;
    private LongBuffer mask;

    /** The sequence of each row, ascending, {@code [S]}. */
    private int[] rows;

    private int steps;
    private long positions;
    private long paddedPositions;

    /** T of the next step: the longest prompt, then 1. */
    private int width;

    /** P + T of the next step. */
    private int columns;

    private Batch(List<long[]> prompts, int maxTokens, Ends ends) {
      int size = prompts.size();
      this.ends = ends;
      this.prompts = prompts;
      this.maxTokens = maxTokens;
      width = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
      columns = width;
      padding = prompts.stream().mapToInt(prompt -> width - prompt.length).toArray();
      generated = new long[size][maxTokens];
      lengths = new int[size];
      logProbabilities = new double[size];
      ended = new boolean[size];
      rows = IntStream.range(0, size).toArray();
      tokens = longs(size * width);
      mask = longs(size * (width + maxTokens));
      for (int i = 0; i < size; i++) {
        for (int column = 0; column < padding[i]; column++) {
          tokens.put(ends.pad());
        }
        tokens.put(prompts.get(i));
      }
    }

    private boolean isOpen() {
      return steps < maxTokens && IntStream.range(0, rows.length).anyMatch(this::isOpen);
    }

    /** Whether the text of a row goes on. */
    boolean isOpen(int row) {
      return !ended[rows[row]];
    }

    /** S. */
    int size() {
      return rows.length;
    }

    /** The tokens of the next step, {@code [S,T]}. */
    NDArray tokens(NDManager manager, String name) {
      LongBuffer ids = tokens.duplicate().flip();
      return named(manager.create(ids, new Shape(rows.length, width), DataType.INT64), name);
    }

    /**
     * The places of this step's tokens in their sequences, of padding the first one, {@code [S,T]}.
     *
     * @param before places that are taken before the prompts
     */
    NDArray positions(NDManager manager, String name, int before) {
      long[] places = new long[Math.multiplyExact(rows.length, width)];
      for (int i = 0; i < places.length; i++) {
        int column = columns - width + i % width;
        places[i] = before + Math.max(0, column - padding[rows[i / width]]);
      }
      return named(manager.create(places, new Shape(rows.length, width)), name);
    }

    /** The tokens of a row's sequence so far, those of its prompt included. */
    long[] history(int row) {
      int sequence = rows[row];
      long[] prompt = prompts.get(sequence);
      long[] tokensSoFar = Arrays.copyOf(prompt, prompt.length + lengths[sequence]);
      System.arraycopy(generated[sequence], 0, tokensSoFar, prompt.length, lengths[sequence]);
      return tokensSoFar;
    }

    private static NDArray named(NDArray array, String name) {
      array.setName(name);
      return array;
    }

    /**
     * 0 where a column is padding and 1 elsewhere, {@code [S,before+P+T]}.
     *
     * @param before columns that all sequences have before the prompts
     */
    NDArray mask(NDManager manager, String name, int before) {
      fillMask(before);
      Shape shape = new Shape(rows.length, before + columns);
      return named(manager.create(mask.flip(), shape, DataType.INT64), name);
    }

    private void fillMask(int before) {
      int needed = Math.multiplyExact(rows.length, before + columns);
      if (mask.capacity() < needed) {
        mask = longs(Math.multiplyExact(rows.length, before + columns + maxTokens));
      }
      mask.clear();
      for (int sequence : rows) {
        for (int column = -before; column < columns; column++) {
          mask.put(column >= 0 && column < padding[sequence] ? 0 : 1);
        }
      }
    }

    /** Takes a step's results and prepares the next step's tokens. */
    private void append(long[] next, float[] probability) {
      count();
      for (int row = 0; row < rows.length; row++) {
        int i = rows[row];
        if (!ended[i]) {
          generated[i][steps] = next[row];
          lengths[i]++;
          logProbabilities[i] += Math.log(Math.min(1.0, probability[row]));
          ended[i] = ends.tokens().contains(next[row]);
        }
      }
      steps++;
      width = 1;
      columns++;
      putLast();
    }

    private void keep(int[] kept) {
      rows = Arrays.stream(kept).map(row -> rows[row]).toArray();
      putLast();
    }

    private void putLast() {
      tokens.clear();
      for (int i : rows) {
        tokens.put(ended[i] ? ends.pad() : generated[i][steps - 1]);
      }
    }

    private void count() {
      positions += (long) rows.length * width;
      paddedPositions +=
          steps == 0
              ? Arrays.stream(padding).sum()
              : IntStream.range(0, rows.length).filter(row -> !isOpen(row)).count();
    }

    private Usage usage() {
      return new Usage(Arrays.stream(lengths).sum(), positions, paddedPositions);
    }

    private List<Generated> texts() {
      return IntStream.range(0, ended.length).mapToObj(this::text).toList();
    }

    private Generated text(int i) {
      int words = ended[i] ? lengths[i] - 1 : lengths[i];
      return new Generated(
          Arrays.stream(generated[i], 0, words).boxed().toList(), logProbabilities[i], lengths[i]);
    }

    private static LongBuffer longs(int count) {
      return ByteBuffer.allocateDirect(Math.multiplyExact(count, Long.BYTES))
          .order(ByteOrder.nativeOrder())
          .asLongBuffer();
    }
  }
}
