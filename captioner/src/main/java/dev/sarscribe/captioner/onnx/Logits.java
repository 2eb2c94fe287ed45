package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Batch;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Next;
import java.nio.FloatBuffer;

/** What an exported decoder says about the next token of each sequence. */
final class Logits {
  private Logits() {}

  /**
   * The likeliest token after the last one, and its probability among those that may come.
   *
   * @param logits {@code [S,T,V]}
   * @param noRepeat tokens of which no sequence comes twice; 0 if any may
   */
  static Next likeliest(NDArray logits, Batch batch, int noRepeat) {
    int sequences = batch.size();
    float[] row = new float[Math.toIntExact(logits.getShape().get(2))];
    FloatBuffer values = logits.toByteBuffer().asFloatBuffer();
    int stride = values.remaining() / sequences;
    long[] tokens = new long[sequences];
    float[] probabilities = new float[sequences];
    for (int i = 0; i < sequences; i++) {
      values.get((i + 1) * stride - row.length, row);
      if (noRepeat > 0) {
        exclude(row, batch.history(i), noRepeat);
      }
      int best = best(row);
      tokens[i] = best;
      probabilities[i] = probability(row, best);
    }
    return new Next(tokens, probabilities);
  }

  private static int best(float[] row) {
    int best = 0;
    for (int v = 1; v < row.length; v++) {
      best = row[v] > row[best] ? v : best;
    }
    return best;
  }

  private static float probability(float[] row, int token) {
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value - row[token]);
    }
    return (float) (1 / sum);
  }

  /**
   * Takes the likelihood from tokens that would end a sequence of {@code length} tokens that is
   * there before.
   */
  private static void exclude(float[] row, long[] history, int length) {
    int context = length - 1;
    int end = history.length - context;
    for (int from = 0; from < end; from++) {
      boolean same = true;
      for (int i = 0; i < context && same; i++) {
        same = history[from + i] == history[end + i];
      }
      if (same) {
        row[(int) history[from + context]] = Float.NEGATIVE_INFINITY;
      }
    }
  }
}
