package dev.sarscribe.captioner;

/**
 * The model and engine behind a text.
 *
 * @param name of the model
 * @param version of the model
 * @param digest {@code sha256:} and hex digits over the model folder's files
 * @param engine for instance {@code onnxruntime}
 * @param device {@code cpu}, {@code gpu:0} and the name of the GPU, or a host for remote engines
 * @param precision for instance {@code fp32}
 */
public record ModelInfo(
    String name, String version, String digest, String engine, String device, String precision) {}
