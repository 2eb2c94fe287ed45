package dev.sarscribe.captioner;

import java.nio.file.Path;
import java.util.List;

/**
 * A Florence-2 model in the layout of the Hub's ONNX exports. The features of an image go before
 * the embedded prompt into an encoder of both, whose states a decoder of text attends to.
 *
 * <p>Captions are asked for by the prompts of the tasks {@code <CAPTION>} and {@code
 * <MORE_DETAILED_CAPTION>}. The published models have no task for free questions, only fine-tuned
 * ones have: a question is put into the prompt that the folder gives for the task {@code <VQA>},
 * and where it gives none it is asked as it stands.
 *
 * <p>Texts are generated greedily. What generation settings say of their first token and of
 * repetition is followed; a text that reaches its longest is cut, whatever token is forced there.
 *
 * @param folder what all exports have
 * @param visionEncoder ONNX file, {@code pixel_values [B,3,H,W]} to {@code image_features [B,N,D]}
 * @param embedding ONNX file, {@code input_ids} to {@code inputs_embeds}
 * @param encoder ONNX file, {@code inputs_embeds} and {@code attention_mask} to {@code
 *     last_hidden_state}
 * @param decoder of embeddings
 * @param start the tokens that every text is given to start with, which are not part of it
 * @param maxPositions room for image and prompt together, and for a text
 * @param prompts texts of the tasks
 */
public record Florence2(
    ExportFolder folder,
    Path visionEncoder,
    Path embedding,
    Path encoder,
    DecoderGraphs decoder,
    List<Long> start,
    int maxPositions,
    Prompts prompts)
    implements ExportedModel {
  public Florence2 {
    start = List.copyOf(start);
  }

  /**
   * What is asked.
   *
   * @param concise for the concise caption
   * @param detailed for the detailed caption
   * @param question with {@code {input}} where the question goes
   */
  public record Prompts(String concise, String detailed, String question) {
    /** Where a question goes. */
    public static final String INPUT = "{input}";
  }
}
