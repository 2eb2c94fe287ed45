package dev.sarscribe.captioner;

import java.nio.file.Path;

/**
 * What all exported models have.
 *
 * @param path the folder
 * @param name the folder's
 * @param digest over graphs, tokenizer and settings
 * @param tokenizer Hugging Face {@code tokenizer.json}
 * @param image how an image enters the encoder
 * @param tokens where texts end
 */
public record ExportFolder(
    Path path, String name, String digest, Path tokenizer, ImageInput image, TextTokens tokens) {}
