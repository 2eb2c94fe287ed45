package dev.sarscribe.tests.benchmark;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The model's graphs called straight through ONNX Runtime's own API, by hand and with nothing
 * around them: the bound that the captioner is measured against. Images are floats beforehand and
 * prompts are token ids.
 */
final class RawOnnxRuntime implements AutoCloseable {
  private final ModelFolder model;
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession encoder;
  private final OrtSession decoder;
  private final HuggingFaceTokenizer tokenizer;

  RawOnnxRuntime(ModelFolder model, Precision precision)
      throws OrtException, IOException, CaptionerException {
    this.model = model;
    try (var options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.setMemoryPatternOptimization(false);
      encoder = environment.createSession(model.encoder(precision).toString(), options);
      decoder = environment.createSession(model.decoder().toString(), options);
    }
    tokenizer =
        HuggingFaceTokenizer.newInstance(model.tokenizer(), Map.of("addSpecialTokens", "false"));
  }

  /** The decoder's input for a text. */
  long[] prompt(String text) {
    long[] ids = tokenizer.encode(text, false, false).getIds();
    long[] prompt = new long[ids.length + 2];
    prompt[0] = model.tokens().bos();
    System.arraycopy(ids, 0, prompt, 1, ids.length);
    prompt[prompt.length - 1] = model.tokens().sep();
    return prompt;
  }

  String text(long[] tokens) {
    return tokenizer.decode(tokens, true).strip();
  }

  /** The encoder's outputs for {@code images [tiles,1,size,size]}; to be closed. */
  OrtSession.Result encode(FloatBuffer images, int tiles) throws OrtException {
    int size = model.input().size();
    try (var image =
        OnnxTensor.createTensor(environment, images, new long[] {tiles, 1, size, size})) {
      return encoder.run(Map.of("image", image));
    }
  }

  /**
   * The tokens of one text for each of the prompts of each tile, tile by tile: all at once, to the
   * end of the longest.
   */
  List<long[]> decode(OrtSession.Result encoded, int tiles, List<long[]> prompts, int maxTokens)
      throws OrtException {
    int rows = tiles * prompts.size();
    int width = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
    long[] tokens = new long[rows * width];
    long[] mask = new long[rows * width];
    for (int row = 0; row < rows; row++) {
      long[] prompt = prompts.get(row % prompts.size());
      int from = row * width + width - prompt.length;
      System.arraycopy(prompt, 0, tokens, from, prompt.length);
      Arrays.fill(mask, from, from + prompt.length, 1);
    }
    long[][] texts = new long[rows][0];
    boolean[] ended = new boolean[rows];
    OrtSession.Result before = null;
    OnnxTensor none = emptyPast(rows);
    for (int step = 0; step < maxTokens && !all(ended); step++) {
      OrtSession.Result now = step(encoded, before, none, rows, tokens, mask);
      if (before != null) {
        before.close();
      }
      before = now;
      long[] next = ((OnnxTensor) now.get("next_token").orElseThrow()).getLongBuffer().array();
      for (int row = 0; row < rows; row++) {
        ended[row] |= next[row] == model.tokens().eos();
        if (!ended[row]) {
          texts[row] = Arrays.copyOf(texts[row], texts[row].length + 1);
          texts[row][texts[row].length - 1] = next[row];
        }
      }
      tokens = next;
      mask = withOne(mask, rows);
    }
    if (before != null) {
      before.close();
    }
    none.close();
    return new ArrayList<>(List.of(texts));
  }

  private OrtSession.Result step(
      OrtSession.Result encoded,
      OrtSession.Result before,
      OnnxTensor none,
      int rows,
      long[] tokens,
      long[] mask)
      throws OrtException {
    try (var ids = longs(tokens, rows);
        var valid = longs(mask, rows)) {
      return decoder.run(
          Map.of(
              "tokens",
              ids,
              "attention_mask",
              valid,
              "cross_keys",
              tensor(encoded, "cross_keys"),
              "cross_values",
              tensor(encoded, "cross_values"),
              "past_keys",
              before == null ? none : tensor(before, "present_keys"),
              "past_values",
              before == null ? none : tensor(before, "present_values")));
    }
  }

  private static OnnxTensor tensor(OrtSession.Result result, String name) {
    return (OnnxTensor) result.get(name).orElseThrow();
  }

  private OnnxTensor longs(long[] values, int rows) throws OrtException {
    LongBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .asLongBuffer();
    buffer.put(values).flip();
    return OnnxTensor.createTensor(environment, buffer, new long[] {rows, values.length / rows});
  }

  private OnnxTensor emptyPast(int rows) throws OrtException {
    FloatBuffer nothing =
        ByteBuffer.allocateDirect(0).order(ByteOrder.nativeOrder()).asFloatBuffer();
    long[] shape = {model.layers(), rows, model.heads(), 0, model.headDim()};
    return OnnxTensor.createTensor(environment, nothing, shape);
  }

  private static long[] withOne(long[] mask, int rows) {
    int width = mask.length / rows;
    long[] longer = new long[mask.length + rows];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(mask, row * width, longer, row * (width + 1), width);
      longer[row * (width + 1) + width] = 1;
    }
    return longer;
  }

  private static boolean all(boolean[] flags) {
    for (boolean flag : flags) {
      if (!flag) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws OrtException {
    tokenizer.close();
    decoder.close();
    encoder.close();
  }
}
