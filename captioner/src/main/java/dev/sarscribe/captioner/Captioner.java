package dev.sarscribe.captioner;

import dev.sarscribe.imagery.TileImage;
import java.util.List;

/**
 * Describes tiles and answers questions about them. Not thread-safe: one instance per worker.
 * Closing releases the engine's memory; a closed captioner must not be used.
 */
public interface Captioner extends AutoCloseable {
  /** What produces the texts; goes into the provenance of every record. */
  ModelInfo model();

  /**
   * Captions a batch. Returns one outcome per tile, in the order of the tiles; a tile that alone
   * cannot be described is a {@link Outcome.Failed}, and the others are not affected.
   *
   * @throws CaptionerUnavailableException if the engine takes no tiles for now; the caller should
   *     wait and then retry the same batch
   * @throws CaptionerException if the engine failed for the batch as a whole; the caller may retry
   *     with a smaller batch
   */
  List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException;

  /**
   * Checks that the model has room for each prompt, so that one which is too long fails at the
   * start and not with every tile. Asks no server.
   *
   * @throws CaptionerException naming the first prompt that is too long, its length, the limit and
   *     what to do
   */
  default void requireRoomFor(PromptSet prompts) throws CaptionerException {}

  /** What was generated since the captioner was opened; {@link Usage#NONE} if it does not count. */
  default Usage usage() {
    return Usage.NONE;
  }

  @Override
  void close();
}
