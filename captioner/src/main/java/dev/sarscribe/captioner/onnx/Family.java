package dev.sarscribe.captioner.onnx;

import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.util.List;

/**
 * A loaded model of one family: how images enter its graphs, how prompts become its decoder's
 * inputs, and how texts come out. Not thread-safe.
 */
interface Family extends AutoCloseable {
  /** Edge in pixels of a tile that the model takes as it is. */
  int tileSize();

  /** Tiles that may be described in one call, at least 1. */
  int tilesAtOnce(PromptSet prompts);

  /** One outcome per tile, in order. */
  List<Outcome> describe(List<TileImage> tiles, PromptSet prompts)
      throws CaptionerException, TranslateException;

  /** What was generated since the model was loaded. */
  Usage usage();

  @Override
  void close();
}
