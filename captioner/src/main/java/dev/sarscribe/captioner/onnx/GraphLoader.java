package dev.sarscribe.captioner.onnx;

import ai.djl.Model;
import dev.sarscribe.captioner.CaptionerException;
import java.nio.file.Path;
import java.util.List;

/** How one engine loads a graph: on which device, with which options. */
@FunctionalInterface
interface GraphLoader {
  /**
   * Loads a graph.
   *
   * @param file ONNX file of the model folder
   * @throws CaptionerException if the engine cannot run it; the message names the file
   */
  Loaded load(Path file) throws CaptionerException;

  /**
   * A graph in memory.
   *
   * @param model owned by the caller
   * @param inputs names in the order in which the engine wants them
   */
  record Loaded(Model model, List<String> inputs) {}
}
