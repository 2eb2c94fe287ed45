package dev.sarscribe.captioner;

/**
 * The model and engine behind a text.
 *
 * @param name of the model
 * @param version of the model; of a remote one what the server says it is
 * @param digest {@code sha256:} and hex digits over the model folder's files; of a remote model,
 *     whose files nobody here sees, over its name and version
 * @param engine for instance {@code onnxruntime}
 * @param device {@code cpu}, {@code gpu:0} and the name of the GPU, or host and port of a remote
 *     engine
 * @param precision for instance {@code fp32}; {@code unknown} of a remote model
 */
public record ModelInfo(
    String name, String version, String digest, String engine, String device, String precision) {}
