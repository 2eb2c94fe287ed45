package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The graph that turns tokens into what a decoder of embeddings takes. Not thread-safe. */
record Embedding(Graph graph) implements AutoCloseable {
  /**
   * Loads the graph.
   *
   * @param opened takes what is to be closed if opening fails
   */
  static Embedding open(Path file, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    Graph graph =
        Graph.open(
            file, loader, Set.of(ExportedDecoder.TOKENS), Set.of(ExportedDecoder.EMBEDDINGS));
    opened.add(graph);
    return new Embedding(graph);
  }

  /**
   * Embeds tokens, {@code [S,T]}.
   *
   * @return {@code inputs_embeds [S,T,D]}, owned by the manager of the tokens
   */
  NDArray of(NDArray tokens) throws TranslateException {
    return graph.run(new NDList(tokens)).get(ExportedDecoder.EMBEDDINGS);
  }

  /** Embeds the tokens of one text, {@code [T]}, as {@code [T,D]}. */
  float[] of(NDManager manager, long[] ids) throws TranslateException {
    try (NDManager own = manager.newSubManager()) {
      NDArray tokens = own.create(ids, new Shape(1, ids.length));
      tokens.setName(ExportedDecoder.TOKENS);
      FloatBuffer values = of(tokens).toByteBuffer().asFloatBuffer();
      float[] embeddings = new float[values.remaining()];
      values.get(embeddings);
      return embeddings;
    }
  }

  @Override
  public void close() {
    graph.close();
  }
}
