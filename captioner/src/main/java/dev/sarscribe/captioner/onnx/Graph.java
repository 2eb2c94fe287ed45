package dev.sarscribe.captioner.onnx;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** One ONNX graph, loaded. Not thread-safe. */
final class Graph implements AutoCloseable {
  private final Path file;
  private final Model model;
  private final Set<String> outputs;
  private final Predictor<NDList, NDList> predictor;

  private Graph(Path file, Model model, Set<String> outputs) {
    this.file = file;
    this.model = model;
    this.outputs = outputs;
    this.predictor = model.newPredictor(new NoopTranslator(null));
  }

  /**
   * Loads a graph on the CPU.
   *
   * @param threads within one inference; idle ones sleep instead of spinning
   * @param inputs names that the graph must have, no others
   * @param outputs names that the graph must have
   * @throws CaptionerException if the file is not a graph with these inputs
   */
  static Graph open(Path file, int threads, Set<String> inputs, Set<String> outputs)
      throws CaptionerException {
    Graph graph = open(file, threads, outputs);
    Set<String> actual = graph.inputs();
    if (!actual.equals(inputs)) {
      graph.close();
      throw new CaptionerException(
          "%s cannot be loaded: it has the inputs %s, not %s".formatted(file, actual, inputs));
    }
    return graph;
  }

  /** Loads a graph whose inputs are not known before. */
  static Graph open(Path file, int threads, Set<String> outputs) throws CaptionerException {
    Model model = DjlRuntime.engine().newModel(file.getFileName().toString(), Device.cpu());
    try (SessionOptions options = sessionOptions(threads)) {
      model.load(
          file.toAbsolutePath().getParent(),
          file.getFileName().toString(),
          Map.of("sessionOptions", options));
      return new Graph(file, model, outputs);
    } catch (IOException | MalformedModelException | OrtException | RuntimeException e) {
      model.close();
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new CaptionerException(file + " cannot be loaded: " + reason.getMessage(), e);
    }
  }

  private static SessionOptions sessionOptions(int threads) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    // Every step has other shapes, so that no memory plan would be used twice.
    options.setMemoryPatternOptimization(false);
    return options;
  }

  /** The names of its inputs. */
  Set<String> inputs() {
    return new HashSet<>(model.getBlock().describeInput().keys());
  }

  /**
   * Reads the types and shapes of a file's inputs, which the library above ONNX Runtime does not
   * tell; what is free in a shape is negative. The file is loaded for it, but not optimised.
   */
  static Map<String, TensorInfo> describeInputs(Path file) throws CaptionerException {
    DjlRuntime.engine();
    Map<String, TensorInfo> inputs = new HashMap<>();
    try (SessionOptions options = sessionOptions(1)) {
      options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
      try (OrtSession session =
          OrtEnvironment.getEnvironment().createSession(file.toString(), options)) {
        for (NodeInfo input : session.getInputInfo().values()) {
          if (input.getInfo() instanceof TensorInfo tensor) {
            inputs.put(input.getName(), tensor);
          }
        }
      }
    } catch (OrtException e) {
      throw new CaptionerException(file + " cannot be loaded: " + e.getMessage(), e);
    }
    return inputs;
  }

  /** The root of the memory of this graph's arrays; closing the graph frees what is left. */
  NDManager manager() {
    return model.getNDManager();
  }

  /**
   * Runs the graph.
   *
   * @param inputs each with its name
   * @return named outputs, owned by the manager of the first input
   */
  NDList run(NDList inputs) throws TranslateException {
    NDList results = predictor.predict(inputs);
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
