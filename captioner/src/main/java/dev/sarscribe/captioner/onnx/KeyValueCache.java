package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Keys and values that go from each step of an exported decoder to the next, under the names that
 * the graph gives and takes them by: {@code present…} becomes {@code past_key_values…}.
 */
final class KeyValueCache implements AutoCloseable {
  private static final String PAST = "past_key_values.";
  private static final String PRESENT = "present.";

  /** Keys and values of what is attended to across: only the first step computes them. */
  private static final String ACROSS = ".encoder.";

  private final NDManager manager;

  /** By the name that the graph takes it by, {@code [S,heads,P,values]}. */
  private final Map<String, NDArray> arrays = new HashMap<>();

  private KeyValueCache(NDManager manager) {
    this.manager = manager;
  }

  /** Whether an input is a part of the cache. */
  static boolean isPart(String input) {
    return input.startsWith(PAST);
  }

  /** Whether a part of the cache is one that can be fed from here. */
  static boolean isUsable(TensorInfo info) {
    long[] shape = info.getShape();
    return info.type == OnnxJavaType.FLOAT && shape.length == 4 && shape[1] > 0 && shape[3] > 0;
  }

  /**
   * A cache of no tokens.
   *
   * @param inputs of the graph of the first step; it may take no cache
   */
  static KeyValueCache empty(NDManager manager, Map<String, TensorInfo> inputs, int sequences) {
    KeyValueCache cache = new KeyValueCache(manager);
    inputs.forEach(
        (name, info) -> {
          if (isPart(name)) {
            long[] shape = info.getShape();
            Shape none = new Shape(sequences, shape[1], 0, shape[3]);
            cache.put(name, cache.create(ByteBuffer.allocateDirect(0), none));
          }
        });
    return cache;
  }

  /** A copy with each sequence so many times, one beside the other. */
  KeyValueCache repeated(NDManager owner, int times) {
    KeyValueCache copy = new KeyValueCache(owner);
    arrays.forEach((name, array) -> copy.put(name, copy.repeat(array, times)));
    return copy;
  }

  private NDArray repeat(NDArray array, int times) {
    Shape shape = array.getShape();
    int sequences = Math.toIntExact(shape.get(0));
    ByteBuffer values = array.toByteBuffer();
    int bytes = values.remaining() / sequences;
    ByteBuffer repeated = ByteBuffer.allocateDirect(Math.multiplyExact(values.remaining(), times));
    for (int i = 0; i < sequences; i++) {
      for (int time = 0; time < times; time++) {
        repeated.put(values.slice(i * bytes, bytes));
      }
    }
    return create(
        repeated.flip(),
        new Shape((long) sequences * times, shape.get(1), shape.get(2), shape.get(3)));
  }

  private NDArray create(ByteBuffer values, Shape shape) {
    return manager.create(values.order(ByteOrder.nativeOrder()), shape, DataType.FLOAT32);
  }

  private void put(String name, NDArray array) {
    array.setName(name);
    NDArray before = arrays.put(name, array);
    if (before != null) {
      before.close();
    }
  }

  /** Adds what a graph takes of the cache to its inputs. */
  void addTo(NDList inputs, Graph graph) {
    graph.inputs().stream().filter(arrays::containsKey).map(arrays::get).forEach(inputs::add);
  }

  /** Keeps what a step has computed. */
  void carry(NDList outputs, boolean first) {
    for (NDArray output : outputs) {
      String name = output.getName();
      if (name.startsWith(PRESENT) && (first || !name.contains(ACROSS))) {
        output.attach(manager);
        put(PAST + name.substring(PRESENT.length()), output);
      }
    }
  }

  @Override
  public void close() {
    arrays.values().forEach(NDArray::close);
  }
}
