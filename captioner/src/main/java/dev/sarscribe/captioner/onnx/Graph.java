package dev.sarscribe.captioner.onnx;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** One graph, loaded. Not thread-safe. */
final class Graph implements AutoCloseable {
  private final Path file;
  private final Model model;
  private final List<String> inputs;
  private final Set<String> outputs;
  private final Predictor<NDList, NDList> predictor;

  private Graph(Path file, GraphLoader.Loaded loaded, Set<String> outputs) {
    this.file = file;
    this.model = loaded.model();
    this.inputs = loaded.inputs();
    this.outputs = outputs;
    this.predictor = model.newPredictor(new NoopTranslator(null));
  }

  /**
   * Loads a graph.
   *
   * @param inputs names that the graph must have, no others
   * @param outputs names that the graph must have
   * @throws CaptionerException if the file is not a graph with these inputs
   */
  static Graph open(Path file, GraphLoader loader, Set<String> inputs, Set<String> outputs)
      throws CaptionerException {
    Graph graph = open(file, loader, outputs);
    if (!Set.copyOf(graph.inputs).equals(inputs)) {
      graph.close();
      throw new CaptionerException(
          "%s cannot be loaded: it has the inputs %s, not %s"
              .formatted(file, graph.inputs, inputs));
    }
    return graph;
  }

  /** Loads a graph whose inputs are not known before. */
  static Graph open(Path file, GraphLoader loader, Set<String> outputs) throws CaptionerException {
    return new Graph(file, loader.load(file), outputs);
  }

  /** The names of its inputs. */
  List<String> inputs() {
    return inputs;
  }

  /** The root of the memory of this graph's arrays; closing the graph frees what is left. */
  NDManager manager() {
    return model.getNDManager();
  }

  /**
   * Runs the graph.
   *
   * @param given every input with its name
   * @return named outputs, which may be overwritten by the next run; those of ONNX Runtime are
   *     owned by the manager of the first input
   */
  NDList run(NDList given) throws TranslateException {
    NDList ordered = new NDList(inputs.size());
    for (String name : inputs) {
      NDArray input = given.get(name);
      if (input == null) {
        throw new TranslateException(file + " was given no input " + name);
      }
      ordered.add(input);
    }
    NDList results = predictor.predict(ordered);
    for (String name : outputs) {
      if (results.get(name) == null) {
        throw new TranslateException(file + " has no output " + name);
      }
    }
    return results;
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }
}
