package dev.sarscribe.captioner;

import java.nio.file.Path;

/** A model of the Hugging Face Hub as it is exported to ONNX graphs, known by its files. */
public sealed interface ExportedModel extends LocalModel
    permits VisionEncoderDecoder, Florence2, SmolVlm {
  /** What all of them have. */
  ExportFolder folder();

  @Override
  default Path path() {
    return folder().path();
  }

  @Override
  default String name() {
    return folder().name();
  }

  /** Exports carry none. */
  @Override
  default String version() {
    return "unknown";
  }

  @Override
  default String licence() {
    return "see its model card";
  }

  /** Others have half-precision inputs, which this program does not feed. */
  @Override
  default String precision() {
    return "fp32";
  }

  @Override
  default String digest() {
    return folder().digest();
  }
}
