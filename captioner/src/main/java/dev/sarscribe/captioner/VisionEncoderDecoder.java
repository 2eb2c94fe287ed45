package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A {@code VisionEncoderDecoderModel} as Hugging Face Optimum exports it: an image captioner that
 * takes no prompt. It writes one caption and answers no questions.
 *
 * @param path the folder
 * @param name the folder's
 * @param licence as the folder's model card says
 * @param digest over graphs, tokenizer and settings
 * @param encoder ONNX file, {@code pixel_values} to {@code last_hidden_state}
 * @param decoder ONNX file of the first step; of all steps if it has {@code use_cache_branch} or no
 *     cache at all
 * @param decoderWithPast ONNX file of the later steps, where there are two
 * @param tokenizer Hugging Face {@code tokenizer.json}
 * @param image how an image enters the encoder
 * @param tokens where a text starts and ends
 */
public record VisionEncoderDecoder(
    Path path,
    String name,
    String licence,
    String digest,
    Path encoder,
    Path decoder,
    Optional<Path> decoderWithPast,
    Path tokenizer,
    ImageInput image,
    TextTokens tokens)
    implements LocalModel {

  /** Exports carry none. */
  @Override
  public String version() {
    return "unknown";
  }

  /** Others have half-precision inputs, which this program does not feed. */
  @Override
  public String precision() {
    return "fp32";
  }

  /**
   * How an image enters: resized to a fixed size whatever its shape, three equal channels, each
   * value {@code (byte * scale - mean) / deviation}.
   *
   * @param width in pixels
   * @param height in pixels
   * @param filter of the resizing
   * @param scale multiplies each byte
   * @param mean of each channel
   * @param deviation of each channel, above 0
   */
  public record ImageInput(
      int width,
      int height,
      Filter filter,
      double scale,
      List<Double> mean,
      List<Double> deviation) {
    public ImageInput {
      mean = List.copyOf(mean);
      deviation = List.copyOf(deviation);
    }
  }

  /** Filters by the numbers that {@code preprocessor_config.json} has from Pillow. */
  public enum Filter {
    BILINEAR,
    BICUBIC
  }

  /**
   * The tokens with a meaning of their own.
   *
   * @param start the text's first, which is not part of it
   * @param ends any of which ends the text
   * @param max longest text
   */
  public record TextTokens(long start, Set<Long> ends, int max) {
    public TextTokens {
      ends = Set.copyOf(ends);
    }
  }
}
