package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The decoder of an exported model.
 *
 * @param first ONNX file of the first step; of all steps if it has {@code use_cache_branch}, a
 *     cache that may be empty, or no cache at all
 * @param later ONNX file of the later steps, where there are two
 */
public record DecoderGraphs(Path first, Optional<Path> later) {}
