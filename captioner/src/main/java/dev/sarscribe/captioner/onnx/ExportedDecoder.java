package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.TensorInfo;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.DecoderGraphs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The decoder of an exported model, whose graphs give logits over V tokens. There are three ways to
 * export it: one graph that takes a cache, which may be empty, and often a {@code
 * use_cache_branch}; a first graph with a later one that takes its cache; or one without a cache,
 * which is given all tokens at every step. Which one, and what of it is fed, is read from the names
 * of its inputs. Not thread-safe.
 */
final class ExportedDecoder implements AutoCloseable {
  static final String TOKENS = "input_ids";
  static final String EMBEDDINGS = "inputs_embeds";
  static final String MASK = "attention_mask";
  static final String POSITIONS = "position_ids";
  static final String STATES = "encoder_hidden_states";
  static final String STATES_MASK = "encoder_attention_mask";
  static final String LOGITS = "logits";
  private static final String BRANCH = "use_cache_branch";

  private final Graph first;
  private final Graph later;

  /** Of the first graph, with their shapes. */
  private final Map<String, TensorInfo> inputs;

  private ExportedDecoder(Graph first, Graph later, Map<String, TensorInfo> inputs) {
    this.first = first;
    this.later = later;
    this.inputs = inputs;
  }

  /**
   * Loads the decoder's graphs.
   *
   * @param required input of each graph
   * @param known inputs that a graph may have as well
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static ExportedDecoder open(
      DecoderGraphs graphs,
      String required,
      Set<String> known,
      GraphLoader loader,
      List<AutoCloseable> opened)
      throws CaptionerException {
    Graph first = Graph.open(graphs.first(), loader, Set.of(LOGITS));
    opened.add(first);
    Map<String, TensorInfo> inputs = describe(graphs.first(), required, known);
    if (graphs.later().isEmpty()) {
      return new ExportedDecoder(first, first, inputs);
    }
    Graph later = Graph.open(graphs.later().orElseThrow(), loader, Set.of(LOGITS));
    opened.add(later);
    describe(graphs.later().orElseThrow(), required, known);
    return new ExportedDecoder(first, later, inputs);
  }

  /** The inputs of a decoder, checked to be those that are fed here. */
  private static Map<String, TensorInfo> describe(Path file, String required, Set<String> known)
      throws CaptionerException {
    Map<String, TensorInfo> inputs = OnnxLoader.describeInputs(file);
    List<String> problems = new ArrayList<>();
    if (!inputs.containsKey(required)) {
      problems.add("has no input " + required);
    }
    inputs.forEach(
        (name, info) -> {
          if (KeyValueCache.isPart(name)) {
            if (!KeyValueCache.isUsable(info)) {
              problems.add(
                  "%s is %s, not float with heads and values that are fixed".formatted(name, info));
            }
          } else if (!name.equals(required) && !name.equals(BRANCH) && !known.contains(name)) {
            problems.add("has the unknown input " + name);
          }
        });
    if (!problems.isEmpty()) {
      throw new CaptionerException(file + " " + String.join("; ", problems));
    }
    return inputs;
  }

  /** Whether the steps after the first one are given what the others have computed. */
  boolean hasCache() {
    return later.inputs().stream().anyMatch(KeyValueCache::isPart);
  }

  /** Whether the decoder takes embeddings in place of tokens. */
  boolean takesEmbeddings() {
    return inputs.containsKey(EMBEDDINGS);
  }

  /** A cache of no tokens. */
  KeyValueCache emptyCache(NDManager manager, int sequences) {
    return KeyValueCache.empty(manager, inputs, sequences);
  }

  /**
   * Computes a step and keeps what the next one needs of it.
   *
   * @param step whatever is not kept is freed with it
   * @param given named inputs, which may be more than the graph takes
   * @param cache of the steps before, to be used and renewed if the decoder has one
   * @param isFirst whether there are no steps before
   * @return the logits, {@code [S,T,V]}
   */
  NDArray run(NDManager step, NDList given, KeyValueCache cache, boolean isFirst)
      throws TranslateException {
    Graph graph = isFirst ? first : later;
    NDArray branch = step.create(new boolean[] {!isFirst});
    branch.setName(BRANCH);
    NDList all = new NDList(given);
    all.add(branch);
    cache.addTo(all, graph);
    NDList outputs = graph.run(all);
    // Which input is the graph's first, and so owns them, is the exporter's choice.
    outputs.attach(step);
    if (hasCache()) {
      cache.carry(outputs, isFirst);
    }
    return outputs.get(LOGITS);
  }

  @Override
  public void close() {
    first.close();
    if (later != first) {
      later.close();
    }
  }
}
