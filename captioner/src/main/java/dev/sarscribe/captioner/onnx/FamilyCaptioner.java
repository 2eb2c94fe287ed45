package dev.sarscribe.captioner.onnx;

import ai.djl.engine.EngineException;
import ai.djl.translate.TranslateException;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.Probe;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Usage;
import dev.sarscribe.imagery.TileImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Captions with a loaded model of any family, as many tiles in one call as it takes. Not
 * thread-safe: one instance per worker.
 */
final class FamilyCaptioner implements Captioner {
  /** Loads a model. */
  interface Loading {
    /**
     * Loads the model's graphs.
     *
     * @param opened takes what is to be closed if loading or the first tile fails
     */
    Family load(List<AutoCloseable> opened) throws CaptionerException;
  }

  private final Family family;
  private final ModelInfo info;
  private boolean closed;

  private FamilyCaptioner(Family family, ModelInfo info) {
    this.family = family;
    this.info = info;
  }

  /**
   * Loads a model and describes one synthetic tile with it.
   *
   * @param folder of the model, for messages
   * @param info what the texts' provenance will say
   * @throws CaptionerException if the model does not load or run
   */
  static FamilyCaptioner open(Path folder, ModelInfo info, Loading loading)
      throws CaptionerException {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      Family family = loading.load(opened);
      FamilyCaptioner captioner = new FamilyCaptioner(family, info);
      Probe.run(captioner, family.tileSize(), "model " + folder);
      return captioner;
    } catch (CaptionerException e) {
      Failures.closeAll(opened, e);
      throw e;
    } catch (RuntimeException e) {
      Failures.closeAll(opened, e);
      throw new CaptionerException(
          "model %s does not run on engine %s: %s".formatted(folder, info.engine(), e), e);
    }
  }

  @Override
  public ModelInfo model() {
    return info;
  }

  @Override
  public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) throws CaptionerException {
    if (closed) {
      throw new IllegalStateException("the captioner is closed");
    }
    int tilesAtOnce = family.tilesAtOnce(prompts);
    List<Outcome> described = new ArrayList<>(tiles.size());
    for (int from = 0; from < tiles.size(); from += tilesAtOnce) {
      List<TileImage> part = tiles.subList(from, Math.min(tiles.size(), from + tilesAtOnce));
      try {
        described.addAll(family.describe(part, prompts));
      } catch (TranslateException | EngineException e) {
        throw Failures.ofBatch(info.engine(), part, e);
      }
    }
    return described;
  }

  @Override
  public void requireRoomFor(PromptSet prompts) throws CaptionerException {
    family.requireRoomFor(prompts);
  }

  @Override
  public Usage usage() {
    return family.usage();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      family.close();
    }
  }
}
