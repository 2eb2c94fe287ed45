package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.nio.file.Path;
import java.util.List;

/** Text to token ids and back with the tokenizer of an exported model. Not thread-safe. */
final class ExportedVocabulary implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  private ExportedVocabulary(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Loads a {@code tokenizer.json}.
   *
   * @param opened takes what is to be closed if opening fails
   */
  static ExportedVocabulary open(Path file, List<AutoCloseable> opened) throws CaptionerException {
    ExportedVocabulary vocabulary = new ExportedVocabulary(Vocabulary.tokenizer(file));
    opened.add(vocabulary);
    return vocabulary;
  }

  /**
   * The tokens of a text.
   *
   * @param framed with the tokens that the tokenizer puts around a text
   * @param room for them
   * @throws CaptionerException if there is none
   */
  long[] encode(String text, boolean framed, int room) throws CaptionerException {
    long[] ids;
    try {
      ids = tokenizer.encode(text, framed, false).getIds();
    } catch (EngineException e) {
      throw new CaptionerException("prompt \"%s\" cannot be tokenised".formatted(text), e);
    }
    if (ids.length > room) {
      throw new CaptionerException(
          "prompt \"%s\" is %d tokens long; the model has room for %d: shorten it"
              .formatted(text, ids.length, room));
    }
    return ids;
  }

  /** A caption, with the geometric mean of its tokens' probabilities. */
  Text caption(Generated generated) {
    return new Text(words(generated), generated.meanProbability());
  }

  /** An answer, with the probability of the whole of it. */
  Text answer(Generated generated) {
    return new Text(words(generated), generated.probability());
  }

  private String words(Generated generated) {
    long[] ids = generated.tokens().stream().mapToLong(Long::longValue).toArray();
    return ids.length == 0 ? "" : tokenizer.decode(ids, true).strip();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
