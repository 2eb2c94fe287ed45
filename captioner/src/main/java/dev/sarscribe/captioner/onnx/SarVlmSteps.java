package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Batch;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Next;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The decoder of our own models. Its key-value cache goes from one step's outputs to the next one's
 * inputs without being copied to the Java heap, but where rows are taken out of it; the likeliest
 * token is found in the graph.
 *
 * <p>Shapes of the cache: L layers, S rows, H heads, P tokens, Dh values per head. The rows of a
 * tile are adjacent, and as many for each tile.
 */
final class SarVlmSteps implements GreedyDecoder.Steps {
  static final Set<String> INPUTS =
      Set.of("tokens", "attention_mask", "cross_keys", "cross_values", "past_keys", "past_values");

  static final Set<String> OUTPUTS =
      Set.of("next_token", "next_probability", "present_keys", "present_values");

  private final Graph graph;
  private final NDManager manager;
  private final NDList memory;
  private NDArray keys;
  private NDArray values;

  /**
   * Starts with an empty cache.
   *
   * @param memory {@code cross_keys} and {@code cross_values} of B tiles
   */
  SarVlmSteps(Graph graph, ModelFolder model, NDManager manager, NDList memory, int sequences) {
    this.graph = graph;
    this.manager = manager;
    this.memory = memory;
    Shape shape = new Shape(model.layers(), sequences, model.heads(), 0, model.headDim());
    this.keys = empty(shape, "past_keys");
    this.values = empty(shape, "past_values");
  }

  private NDArray empty(Shape shape, String name) {
    NDArray past =
        manager.create(ByteBuffer.allocateDirect(0).asFloatBuffer(), shape, DataType.FLOAT32);
    past.setName(name);
    return past;
  }

  @Override
  public Next next(NDManager step, Batch batch) throws TranslateException {
    NDList inputs = new NDList(batch.tokens(step, "tokens"), batch.mask(step, "attention_mask", 0));
    inputs.addAll(memory);
    inputs.add(keys);
    inputs.add(values);
    NDList outputs = graph.run(inputs);
    keys.close();
    keys = carry(outputs.get("present_keys"), "past_keys");
    values.close();
    values = carry(outputs.get("present_values"), "past_values");
    return new Next(
        outputs.get("next_token").toLongArray(), outputs.get("next_probability").toFloatArray());
  }

  /**
   * Short answers end after two steps while a list of classes goes on. Each tile keeps as many rows
   * as the tile with most open texts, if a third can go: the rest of the cache is copied for it.
   */
  @Override
  public Optional<int[]> narrow(Batch batch) {
    int tiles = Math.toIntExact(memory.head().getShape().get(0));
    int prompts = batch.size() / tiles;
    int most = 0;
    for (int tile = 0; tile < tiles; tile++) {
      int first = tile * prompts;
      int open = (int) IntStream.range(first, first + prompts).filter(batch::isOpen).count();
      most = Math.max(most, open);
    }
    if (3 * most > 2 * prompts) {
      return Optional.empty();
    }
    int[] rows = new int[tiles * most];
    for (int tile = 0; tile < tiles; tile++) {
      int[] kept = openFirst(batch, tile * prompts, prompts, most);
      System.arraycopy(kept, 0, rows, tile * most, most);
    }
    keys = gather(keys, rows);
    values = gather(values, rows);
    return Optional.of(rows);
  }

  private static int[] openFirst(Batch batch, int first, int count, int kept) {
    return IntStream.concat(
            IntStream.range(first, first + count).filter(batch::isOpen),
            IntStream.range(first, first + count).filter(row -> !batch.isOpen(row)))
        .limit(kept)
        .sorted()
        .toArray();
  }

  private NDArray gather(NDArray cache, int[] rows) {
    Shape shape = cache.getShape();
    int layers = Math.toIntExact(shape.get(0));
    int before = Math.toIntExact(shape.get(1));
    int floats = Math.toIntExact(shape.size() / layers / before);
    FloatBuffer all = cache.toByteBuffer().asFloatBuffer();
    FloatBuffer kept =
        ByteBuffer.allocateDirect(layers * rows.length * floats * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int layer = 0; layer < layers; layer++) {
      for (int row : rows) {
        kept.put(all.slice((layer * before + row) * floats, floats));
      }
    }
    long heads = shape.get(2);
    Shape narrowed = new Shape(layers, rows.length, heads, shape.get(3), shape.get(4));
    NDArray array = manager.create(kept.flip(), narrowed, DataType.FLOAT32);
    array.setName(cache.getName());
    cache.close();
    return array;
  }

  private NDArray carry(NDArray present, String name) {
    present.attach(manager);
    present.setName(name);
    return present;
  }

  @Override
  public void close() {
    keys.close();
    values.close();
  }
}
