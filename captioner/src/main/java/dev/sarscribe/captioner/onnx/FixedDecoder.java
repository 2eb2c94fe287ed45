package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Generates texts with a graph of fixed shapes that holds the whole greedy loop. Prompts are padded
 * on the left to the graph's P tokens; rows without a tile or a prompt hold nothing but padding,
 * and what the graph writes for them is not read. More prompts than Q are decoded in turns.
 *
 * <p>Shapes: B tiles, Q prompts of each, P tokens of a prompt, T of a text. Not thread-safe.
 */
final class FixedDecoder implements AutoCloseable {
  private final ModelFolder.FixedTexts shape;
  private final ModelFolder model;
  private final int batch;
  private final Vocabulary vocabulary;
  private final Graph graph;

  /** {@code prompt_tokens} and {@code prompt_mask}, int32 {@code [B*Q,P]}. */
  private final ByteBuffer tokens;

  private final ByteBuffer mask;
  private Usage usage = Usage.NONE;

  /** Positions that a text of the turn needs before its first token. */
  private long promptPositions;

  FixedDecoder(
      ModelFolder model, ModelFolder.FixedTexts shape, Vocabulary vocabulary, Graph graph) {
    this.shape = shape;
    this.model = model;
    this.batch = model.fixed().orElseThrow().batch();
    this.vocabulary = vocabulary;
    this.graph = graph;
    this.tokens = ints(batch * shape.prompts() * shape.promptTokens());
    this.mask = ints(batch * shape.prompts() * shape.promptTokens());
  }

  /**
   * Writes one text per tile and prompt.
   *
   * @param memory {@code cross_keys} and {@code cross_values} of B tiles
   * @param boxes one per tile, at most B; those of the prompts are rewritten by them
   * @return the texts of each tile, in the order of the prompts
   * @throws CaptionerException if a prompt is longer than P
   */
  List<List<Generated>> decode(
      NDManager manager, NDList memory, List<Letterbox> boxes, List<String> prompts)
      throws CaptionerException, TranslateException {
    List<List<Generated>> texts = new ArrayList<>();
    boxes.forEach(box -> texts.add(new ArrayList<>(prompts.size())));
    for (int from = 0; from < prompts.size(); from += shape.prompts()) {
      List<String> part = prompts.subList(from, Math.min(prompts.size(), from + shape.prompts()));
      fill(boxes, part);
      try (NDManager turn = manager.newSubManager()) {
        NDList inputs = new NDList(memory);
        inputs.add(input(turn, "prompt_tokens", tokens));
        inputs.add(input(turn, "prompt_mask", mask));
        append(texts, part.size(), graph.run(inputs));
      }
    }
    return texts;
  }

  /** What was generated since the graph was loaded: it computes every position of every row. */
  Usage usage() {
    return usage;
  }

  private void fill(List<Letterbox> boxes, List<String> prompts) throws CaptionerException {
    promptPositions = 0;
    int pad = Math.toIntExact(model.tokens().pad());
    for (int at = 0; at < tokens.capacity(); at += Integer.BYTES) {
      tokens.putInt(at, pad);
      mask.putInt(at, 0);
    }
    for (int tile = 0; tile < boxes.size(); tile++) {
      for (int i = 0; i < prompts.size(); i++) {
        String prompt = boxes.get(tile).rewriteBoxes(prompts.get(i), model.boxBins());
        fillRow(tile * shape.prompts() + i, prompt);
      }
    }
  }

  /**
   * Checks that a prompt has room whatever numbers a tile gives to its boxes.
   *
   * @throws CaptionerException if it has not
   */
  void requireRoomFor(String prompt) throws CaptionerException {
    for (String text : Letterbox.longestRewritten(prompt, model.boxBins())) {
      tokens(text);
    }
  }

  private long[] tokens(String prompt) throws CaptionerException {
    long[] ids = vocabulary.prompt(prompt, shape.newTokens());
    if (ids.length > shape.promptTokens()) {
      throw new CaptionerException(
          "prompt \"%s\" is %d tokens long; %s has room for %d: shorten it, or use the engine"
                  .formatted(prompt, ids.length, shape.file().getFileName(), shape.promptTokens())
              + " onnxruntime, whose graphs are not of fixed shapes");
    }
    return ids;
  }

  private void fillRow(int row, String prompt) throws CaptionerException {
    long[] ids = tokens(prompt);
    promptPositions += ids.length;
    int first = (row + 1) * shape.promptTokens() - ids.length;
    for (int i = 0; i < ids.length; i++) {
      tokens.putInt((first + i) * Integer.BYTES, Math.toIntExact(ids[i]));
      mask.putInt((first + i) * Integer.BYTES, 1);
    }
  }

  private NDArray input(NDManager manager, String name, ByteBuffer values) {
    Shape rows = new Shape((long) batch * shape.prompts(), shape.promptTokens());
    NDArray array = manager.create(values.rewind(), rows, DataType.INT32);
    array.setName(name);
    return array;
  }

  private void append(List<List<Generated>> texts, int prompts, NDList outputs) {
    int[] written = outputs.get("tokens").toIntArray();
    float[] probabilities = outputs.get("probabilities").toFloatArray();
    long generated = 0;
    for (int tile = 0; tile < texts.size(); tile++) {
      for (int i = 0; i < prompts; i++) {
        int from = (tile * shape.prompts() + i) * shape.newTokens();
        Generated text = text(written, probabilities, from);
        texts.get(tile).add(text);
        generated += text.steps();
      }
    }
    count((long) texts.size() * prompts, generated);
  }

  /** A prompt's last position gives the first token, and the last token needs no position. */
  private void count(long texts, long generated) {
    long rows = (long) batch * shape.prompts();
    long positions = rows * (shape.promptTokens() + shape.newTokens() - 1L);
    long needed = promptPositions + generated - texts;
    usage = usage.plus(new Usage(generated, positions, positions - needed));
  }

  /** The row's tokens up to the end-of-sequence, whose probability counts too. */
  private Generated text(int[] written, float[] probabilities, int from) {
    int length = 0;
    while (length < shape.newTokens() && written[from + length] != model.tokens().eos()) {
      length++;
    }
    int steps = Math.min(shape.newTokens(), length + 1);
    double logProbability = 0;
    for (int i = from; i < from + steps; i++) {
      logProbability += Math.log(Math.min(1.0, probabilities[i]));
    }
    List<Long> tokenIds =
        Arrays.stream(written, from, from + length).asLongStream().boxed().toList();
    return new Generated(tokenIds, logProbability, steps);
  }

  private static ByteBuffer ints(int count) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(count, Integer.BYTES))
        .order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    graph.close();
  }
}
