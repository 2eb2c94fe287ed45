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
import java.util.Set;

/**
 * The decoder of our own models. Its key-value cache goes from one step's outputs to the next one's
 * inputs without being copied to the Java heap; the likeliest token is found in the graph.
 *
 * <p>Shapes of the cache: L layers, S sequences, H heads, P tokens, Dh values per head.
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
   * @param memory {@code cross_keys} and {@code cross_values} of B tiles; S is a multiple of B, and
   *     the sequences of a tile are adjacent
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
