package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Text to token ids and back, in the form that the decoder was trained on. Not thread-safe. */
final class Vocabulary implements AutoCloseable {
  private static final Map<String, String> OPTIONS =
      Map.of(
          "addSpecialTokens", "false",
          "truncation", "do_not_truncate",
          "padding", "do_not_pad");

  /** Some sets of questions; with boxes a question differs from tile to tile. */
  private static final int MAX_CACHED_PROMPTS = 512;

  private final HuggingFaceTokenizer tokenizer;
  private final ModelFolder.SpecialTokens special;
  private final int maxPositions;
  private final Map<String, long[]> prompts = new LinkedHashMap<>(16, 0.75f, true);

  private Vocabulary(HuggingFaceTokenizer tokenizer, ModelFolder model) {
    this.tokenizer = tokenizer;
    this.special = model.tokens();
    this.maxPositions = model.maxPositions();
  }

  static Vocabulary open(ModelFolder model) throws CaptionerException {
    return new Vocabulary(tokenizer(model.tokenizer()), model);
  }

  /** Loads a {@code tokenizer.json}. */
  static HuggingFaceTokenizer tokenizer(Path file) throws CaptionerException {
    DjlRuntime.engine();
    try {
      return HuggingFaceTokenizer.newInstance(file, OPTIONS);
    } catch (IOException | RuntimeException e) {
      throw new CaptionerException(file + " is not a usable tokenizer: " + e.getMessage(), e);
    }
  }

  /**
   * The decoder's input for a prompt: {@code <bos> text <sep>}. The array is shared: not to be
   * changed.
   *
   * @param maxTokens of the text to be generated
   * @throws CaptionerException if the model has no room for the prompt and that text
   */
  long[] prompt(String text, int maxTokens) throws CaptionerException {
    long[] prompt = prompts.get(text);
    if (prompt == null) {
      prompt = encode(text);
      prompts.put(text, prompt);
      if (prompts.size() > MAX_CACHED_PROMPTS) {
        prompts.remove(prompts.keySet().iterator().next());
      }
    }
    if (prompt.length > maxPositions - maxTokens) {
      throw new CaptionerException(
          "prompt \"%s\" is %d tokens long; the model has room for %d: shorten it"
              .formatted(text, prompt.length, maxPositions - maxTokens));
    }
    return prompt;
  }

  private long[] encode(String text) throws CaptionerException {
    long[] ids;
    try {
      ids = tokenizer.encode(text, false, false).getIds();
    } catch (EngineException e) {
      throw new CaptionerException("prompt \"%s\" cannot be tokenised".formatted(text), e);
    }
    long[] prompt = new long[ids.length + 2];
    prompt[0] = special.bos();
    System.arraycopy(ids, 0, prompt, 1, ids.length);
    prompt[prompt.length - 1] = special.sep();
    return prompt;
  }

  /** The text of generated tokens, trimmed; bytes that are not UTF-8 become U+FFFD. */
  String text(List<Long> tokens) {
    long[] words =
        tokens.stream()
            .mapToLong(Long::longValue)
            .filter(id -> id != special.pad() && id != special.bos())
            .filter(id -> id != special.eos() && id != special.sep())
            .toArray();
    return words.length == 0 ? "" : tokenizer.decode(words, true).strip();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
