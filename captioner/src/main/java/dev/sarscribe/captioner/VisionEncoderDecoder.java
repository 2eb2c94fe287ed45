package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.List;

/**
 * A {@code VisionEncoderDecoderModel} as Hugging Face Optimum exports it: an image captioner that
 * takes no prompt. It writes one caption and answers no questions.
 *
 * @param folder what all exports have
 * @param encoder ONNX file, {@code pixel_values} to {@code last_hidden_state}
 * @param decoder of tokens
 * @param start the tokens that every text is given to start with, which are not part of it
 */
public record VisionEncoderDecoder(
    ExportFolder folder, Path encoder, DecoderGraphs decoder, List<Long> start)
    implements ExportedModel {
  public VisionEncoderDecoder {
    start = List.copyOf(start);
  }
}
