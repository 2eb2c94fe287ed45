package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A validated model folder: {@code manifest.json} and the files it names. Immutable; the files must
 * not change while a captioner is open on them.
 *
 * @param path the folder
 * @param name of the model
 * @param version of the model
 * @param licence SPDX identifier or a sentence
 * @param input how an image enters the encoder
 * @param encoder ONNX file, image to cross-attention keys and values and objects
 * @param decoder ONNX file, one step or a prefill of the text decoder
 * @param tokenizer Hugging Face {@code tokenizer.json}
 * @param layers of the decoder
 * @param heads of each layer
 * @param headDim values per head
 * @param tokens ids of the special tokens
 * @param prompts texts that ask for the captions
 * @param maxAnswerTokens longest answer
 * @param maxCaptionTokens longest caption
 * @param maxPositions tokens of a prompt and its text together that the decoder has room for
 * @param boxBins a box in a question is given to the model in integers 0 to {@code boxBins - 1}
 * @param objectClasses categories, by the class index of the encoder's objects
 * @param objectThreshold lowest score of an object that counts
 * @param precision for instance {@code fp32}
 * @param int8Encoder the encoder with convolutions of eight-bit integers, where the folder has it
 * @param fixed the same model as graphs of fixed shapes, where the folder has them
 * @param digest {@code sha256:} and hex digits over the manifest and the files' own digests
 */
public record ModelFolder(
    Path path,
    String name,
    String version,
    String licence,
    Input input,
    Path encoder,
    Path decoder,
    Path tokenizer,
    int layers,
    int heads,
    int headDim,
    SpecialTokens tokens,
    CaptionPrompts prompts,
    int maxAnswerTokens,
    int maxCaptionTokens,
    int maxPositions,
    int boxBins,
    List<String> objectClasses,
    double objectThreshold,
    String precision,
    Optional<Path> int8Encoder,
    Optional<FixedGraphs> fixed,
    String digest)
    implements LocalModel {

  /** The format that this version reads. */
  public static final String FORMAT = "sarscribe-vlm/1";

  public ModelFolder {
    objectClasses = List.copyOf(objectClasses);
  }

  /**
   * How an image enters the encoder: letterboxed to a square, one channel.
   *
   * @param size edge of the square in pixels
   * @param scale multiplies each byte
   * @param maxEnlargement a smaller image is enlarged by at most this factor
   */
  public record Input(int size, double scale, double maxEnlargement) {}

  /** Ids of the tokens with a meaning of their own. */
  public record SpecialTokens(long pad, long bos, long eos, long sep) {}

  /** Texts that ask for the captions. */
  public record CaptionPrompts(String concise, String detailed) {
    /** The concise one, then the detailed one: the order of the captions everywhere. */
    public List<String> texts() {
      return List.of(concise, detailed);
    }
  }

  /**
   * Graphs without a free dimension, each text graph with its whole greedy loop inside: what an
   * engine needs that compiles a graph for a device.
   *
   * @param batch tiles of one run, B
   * @param encoder ONNX file, {@code image [B,1,size,size]} to {@code cross_keys}, {@code
   *     cross_values} and {@code objects}
   * @param answers writes the answers
   * @param captions writes the captions
   */
  public record FixedGraphs(int batch, Path encoder, FixedTexts answers, FixedTexts captions) {}

  /**
   * One text graph of fixed shapes: {@code cross_keys}, {@code cross_values}, and int32 {@code
   * prompt_tokens} and {@code prompt_mask [B*Q,P]} to {@code tokens} and {@code probabilities
   * [B*Q,T]}.
   *
   * @param file ONNX file
   * @param prompts of one tile, Q
   * @param promptTokens of the longest prompt, P
   * @param newTokens of the longest text, T
   */
  public record FixedTexts(Path file, int prompts, int promptTokens, int newTokens) {}

  /**
   * The encoder to compute with.
   *
   * @throws CaptionerException if the folder has none for that precision
   */
  public Path encoder(Precision wanted) throws CaptionerException {
    if (wanted != Precision.INT8) {
      return encoder;
    }
    return int8Encoder.orElseThrow(
        () ->
            new CaptionerException(
                "model folder %s has no encoder in int8: write it with python -m sarvlm.quantise (models/README.md)"
                    .formatted(path)));
  }

  /**
   * Reads and checks a model folder: the manifest, the presence of its files and their digests.
   *
   * @throws CaptionerException with every problem found, each naming its field, if the folder
   *     cannot be used
   */
  public static ModelFolder open(Path folder) throws CaptionerException {
    return new ManifestReader(folder).read();
  }
}
