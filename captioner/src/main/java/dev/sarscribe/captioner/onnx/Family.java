package dev.sarscribe.captioner.onnx;

import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ExportedModel;
import dev.sarscribe.captioner.Florence2;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.SmolVlm;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.captioner.VisionEncoderDecoder;
import dev.sarscribe.imagery.TileImage;
import java.util.List;

/**
 * A loaded model of one family: how images enter its graphs, how prompts become its decoder's
 * inputs, and how texts come out. Not thread-safe.
 */
interface Family extends AutoCloseable {
  /**
   * Loads an exported model.
   *
   * @param loader of the engine
   * @param opened takes what is to be closed if opening fails
   */
  static Family open(
      ExportedModel model, EngineOptions options, GraphLoader loader, List<AutoCloseable> opened)
      throws CaptionerException {
    if (model instanceof VisionEncoderDecoder captioner) {
      return ImageToText.open(captioner, options, loader, opened);
    }
    ExportedVocabulary vocabulary = ExportedVocabulary.open(model.folder().tokenizer(), opened);
    Prompted prompted =
        model instanceof Florence2 florence
            ? Florence2Texts.open(florence, vocabulary, loader, opened)
            : SmolVlmTexts.open((SmolVlm) model, vocabulary, loader, opened);
    return new PromptedExport(prompted, vocabulary, options);
  }

  /** Edge in pixels of a tile that the model takes as it is. */
  int tileSize();

  /** Tiles that may be described in one call, at least 1. */
  int tilesAtOnce(PromptSet prompts);

  /**
   * Checks that each prompt has room in the model's graphs.
   *
   * @throws CaptionerException naming the first that has not
   */
  default void requireRoomFor(PromptSet prompts) throws CaptionerException {}

  /** One outcome per tile, in order. */
  List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws CaptionerException, TranslateException;

  /** What was generated since the model was loaded. */
  Usage usage();

  @Override
  void close();
}
