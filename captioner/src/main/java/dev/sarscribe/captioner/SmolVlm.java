package dev.sarscribe.captioner;

import java.nio.file.Path;

/**
 * A SmolVLM or Idefics3 model in the layout of the Hub's ONNX exports: a language model in whose
 * prompt the features of the image stand in place of the embeddings of its {@code <image>} tokens.
 *
 * <p>An image is one square of fixed size, the global image; it is not split into parts for more
 * detail, as a tile is no larger than that square. Each prompt is one turn of the chat that these
 * models were tuned on: {@code User:}, the image, the text, {@code <end_of_utterance>}, {@code
 * Assistant:}.
 *
 * @param folder what all exports have
 * @param visionEncoder ONNX file, {@code pixel_values [B,1,3,H,W]} and {@code pixel_attention_mask
 *     [B,1,H,W]} to {@code image_features}, {@code imageTokens} rows for each image
 * @param embedding ONNX file, {@code input_ids} to {@code inputs_embeds}
 * @param decoder ONNX file of embeddings, with a cache that may be empty
 * @param imageTokens of an image
 * @param imageToken id of {@code <image>}
 * @param opening what the chat starts with, for instance {@code <|im_start|>}
 * @param maxPositions room for prompt and text together
 */
public record SmolVlm(
    ExportFolder folder,
    Path visionEncoder,
    Path embedding,
    Path decoder,
    int imageTokens,
    long imageToken,
    String opening,
    int maxPositions)
    implements ExportedModel {}
