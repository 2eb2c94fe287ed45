package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.TensorInfo;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.VisionEncoderDecoder;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Batch;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Next;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The decoder of an exported captioner, whose graphs give logits over V tokens. There are three
 * ways to export it: one graph with {@code use_cache_branch}, a first graph with a later one that
 * takes its cache, or one without a cache, which is given all tokens at every step.
 *
 * <p>Sequences start alike, with one token: nothing is padded.
 */
final class ImageToTextSteps implements GreedyDecoder.Steps {
  private static final String PAST = "past_key_values.";
  private static final String PRESENT = "present.";

  /** Keys and values of the image: only the first step computes them. */
  private static final String OF_IMAGE = ".encoder.";

  private static final String BRANCH = "use_cache_branch";
  private static final String TOKENS = "input_ids";
  private static final String STATES = "encoder_hidden_states";
  private static final Set<String> OUTPUTS = Set.of("logits");

  /**
   * The decoder's graphs.
   *
   * @param first of the first step
   * @param later of the others; may be the same
   * @param inputs of the first one, with their shapes
   */
  record Graphs(Graph first, Graph later, Map<String, TensorInfo> inputs) implements AutoCloseable {
    @Override
    public void close() {
      first.close();
      if (later != first) {
        later.close();
      }
    }

    private boolean hasCache() {
      return later.inputs().stream().anyMatch(name -> name.startsWith(PAST));
    }
  }

  private final Graphs graphs;
  private final NDManager manager;
  private final NDArray states;
  private final boolean cached;

  /**
   * By the name that the graph takes it by; empty before the first step, unless one graph does all.
   */
  private final Map<String, NDArray> past = new HashMap<>();

  /** Of all steps so far, {@code [S][steps]}; used without a cache. */
  private final long[][] prefix;

  private int steps;

  /**
   * Starts with an empty cache.
   *
   * @param states {@code [S,N,D]} of the encoder
   */
  ImageToTextSteps(Graphs graphs, NDManager manager, NDArray states, int sequences) {
    this.graphs = graphs;
    this.manager = manager;
    this.states = states;
    this.cached = graphs.hasCache();
    this.prefix = new long[sequences][0];
    states.setName(STATES);
    graphs.inputs().entrySet().stream()
        .filter(input -> input.getKey().startsWith(PAST))
        .forEach(input -> past.put(input.getKey(), empty(input, sequences)));
  }

  /**
   * Loads the decoder's graphs.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static Graphs open(VisionEncoderDecoder model, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    Graph first = Graph.open(model.decoder(), loader, OUTPUTS);
    opened.add(first);
    Map<String, TensorInfo> inputs = describe(model.decoder());
    Optional<Path> second = model.decoderWithPast();
    if (second.isEmpty()) {
      return new Graphs(first, first, inputs);
    }
    Graph later = Graph.open(second.orElseThrow(), loader, OUTPUTS);
    opened.add(later);
    describe(second.orElseThrow());
    return new Graphs(first, later, inputs);
  }

  /** The inputs of a decoder, checked to be those that are fed here. */
  private static Map<String, TensorInfo> describe(Path file) throws CaptionerException {
    Map<String, TensorInfo> inputs = OnnxLoader.describeInputs(file);
    if (!inputs.containsKey(TOKENS)) {
      throw new CaptionerException("%s has no input %s".formatted(file, TOKENS));
    }
    for (Map.Entry<String, TensorInfo> input : inputs.entrySet()) {
      String name = input.getKey();
      if (!name.startsWith(PAST) && !Set.of(TOKENS, STATES, BRANCH).contains(name)) {
        throw new CaptionerException("%s has the unknown input %s".formatted(file, name));
      }
      if (name.startsWith(PAST) && !isCache(input.getValue())) {
        throw new CaptionerException(
            "%s: %s is %s, not float with heads and values that are fixed"
                .formatted(file, name, input.getValue()));
      }
    }
    return inputs;
  }

  private static boolean isCache(TensorInfo info) {
    long[] shape = info.getShape();
    return info.type == OnnxJavaType.FLOAT && shape.length == 4 && shape[1] > 0 && shape[3] > 0;
  }

  private NDArray empty(Map.Entry<String, TensorInfo> input, int sequences) {
    long[] shape = input.getValue().getShape();
    NDArray array =
        manager.create(
            ByteBuffer.allocateDirect(0).asFloatBuffer(),
            new Shape(sequences, shape[1], 0, shape[3]),
            DataType.FLOAT32);
    array.setName(input.getKey());
    return array;
  }

  @Override
  public Next next(NDManager step, Batch batch) throws TranslateException {
    Graph graph = steps == 0 ? graphs.first() : graphs.later();
    List<String> names = graph.inputs();
    NDArray tokens = batch.tokens(step, TOKENS);
    NDList inputs = new NDList(cached ? tokens : withPrefix(step, tokens.toLongArray()));
    if (names.contains(STATES)) {
      inputs.add(states);
    }
    if (names.contains(BRANCH)) {
      NDArray branch = step.create(new boolean[] {steps > 0});
      branch.setName(BRANCH);
      inputs.add(branch);
    }
    names.stream().filter(past::containsKey).map(past::get).forEach(inputs::add);
    NDList outputs = graph.run(inputs);
    // Which input is the graph's first, and so owns them, is the exporter's choice.
    outputs.attach(step);
    if (cached) {
      outputs.forEach(this::carry);
    }
    steps++;
    return likeliest(outputs.get("logits"), batch.size());
  }

  private NDArray withPrefix(NDManager step, long[] next) {
    for (int i = 0; i < prefix.length; i++) {
      prefix[i] = Arrays.copyOf(prefix[i], steps + 1);
      prefix[i][steps] = next[i];
    }
    long[] all = Arrays.stream(prefix).flatMapToLong(Arrays::stream).toArray();
    NDArray array = step.create(all, new Shape(prefix.length, steps + 1));
    array.setName(TOKENS);
    return array;
  }

  /** Keeps an output for the next step, if it is of the cache. */
  private void carry(NDArray output) {
    String name = output.getName();
    boolean computed = steps == 0 || !name.contains(OF_IMAGE);
    if (name.startsWith(PRESENT) && computed) {
      String next = PAST + name.substring(PRESENT.length());
      output.attach(manager);
      output.setName(next);
      NDArray before = past.put(next, output);
      if (before != null) {
        before.close();
      }
    }
  }

  /** The likeliest token after the last one, and its probability: softmax of {@code [S,T,V]}. */
  private static Next likeliest(NDArray logits, int sequences) {
    int vocabulary = Math.toIntExact(logits.getShape().get(2));
    float[] values = logits.toFloatArray();
    int stride = values.length / sequences;
    long[] tokens = new long[sequences];
    float[] probabilities = new float[sequences];
    for (int i = 0; i < sequences; i++) {
      int row = (i + 1) * stride - vocabulary;
      int best = 0;
      for (int v = 1; v < vocabulary; v++) {
        best = values[row + v] > values[row + best] ? v : best;
      }
      double sum = 0;
      for (int v = 0; v < vocabulary; v++) {
        sum += Math.exp(values[row + v] - values[row + best]);
      }
      tokens[i] = best;
      probabilities[i] = (float) (1 / sum);
    }
    return new Next(tokens, probabilities);
  }

  @Override
  public void close() {
    past.values().forEach(NDArray::close);
  }
}
