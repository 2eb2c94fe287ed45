package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.NormalisedBand;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileJob;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import dev.sarscribe.stream.RejectReason;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Reads one row band, applies the recipe to it once, and forwards its tiles one by one. Every tile
 * of the band is told to progress in any case: as tiled, as rejected, or, if the band cannot be
 * read, as unreadable.
 */
final class BandReader implements Work<TileJob> {
  private final TilingSettings settings;
  private final Imagery imagery;
  private final ProductCache products;
  private Sinks sinks;

  BandReader(TilingSettings settings, Imagery imagery) {
    this.settings = settings;
    this.imagery = imagery;
    this.products = new ProductCache(imagery);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context, Sinks processorSinks) {
    sinks = processorSinks;
  }

  @Override
  public void process(String key, TileJob job) throws SceneException, RefusedException {
    BandJob band = BandJob.of(job);
    Recipe recipe = recipe(job);
    Path path = ProductUris.path(job.getProductUri());
    try {
      Scene scene = scene(products.get(path), job, path);
      List<TileOutcome> outcomes =
          band.window().height() < settings.minTileEdgePx()
              ? rejected(band, RejectReason.TOO_SMALL)
              : cut(band, scene, recipe);
      sinks.send(
          Topics.PROGRESS_EVENTS,
          band.acquisitionId(),
          ProgressEvents.tiles(band.acquisitionId(), outcomes));
    } catch (SceneException | RuntimeException e) {
      products.evict(path);
      throw e;
    }
  }

  @Override
  public void refused(TileJob job, String reason, String message) throws RefusedException {
    BandJob band = BandJob.of(job);
    String id = band.acquisitionId();
    var outcomes = rejected(band, RejectReason.unreadable(reason));
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.tiles(id, outcomes));
  }

  @Override
  public void close() {
    products.close();
  }

  private Recipe recipe(TileJob job) throws RefusedException {
    try {
      return imagery.recipe(job.getRecipe());
    } catch (IllegalArgumentException e) {
      throw new RefusedException("UNSUPPORTED", e.getMessage(), e);
    }
  }

  private static Scene scene(Product product, TileJob job, Path path) throws SceneException {
    for (Scene scene : product.scenes()) {
      if (scene.polarization().equals(job.getPolarization())) {
        if (scene.width() != job.getSceneWidth() || scene.height() != job.getSceneHeight()) {
          throw new SceneException(
              SceneException.Reason.SIZE_MISMATCH,
              path,
              "%s is %d x %d pixels, but %d x %d were planned"
                  .formatted(
                      scene.polarization(),
                      scene.width(),
                      scene.height(),
                      job.getSceneWidth(),
                      job.getSceneHeight()));
        }
        return scene;
      }
    }
    throw new SceneException(
        SceneException.Reason.MISSING_MEASUREMENT,
        path,
        job.getPolarization() + " was planned but is not there");
  }

  private List<TileOutcome> cut(BandJob band, Scene scene, Recipe recipe)
      throws SceneException, RefusedException {
    NormalisedBand pixels = recipe.apply(scene, band.window(), band.stretch());
    String parameters = recipe.describe(scene, band.stretch());
    List<TileOutcome> outcomes = new ArrayList<>(band.columns());
    for (int column = 0; column < band.columns(); column++) {
      Window window = band.tile(column);
      byte[] cut = pixels.cut(window);
      double validFraction = NormalisedBand.validFraction(cut);
      String reason = rejection(window, validFraction);
      if (reason == null) {
        Tile tile = tile(band, column, scene, cut, validFraction, parameters);
        sinks.send(Topics.TILES, tile.getTileId(), tile);
        outcomes.add(new TileOutcome(band.tileIndex(column), TileStatus.TILED, null));
      } else {
        outcomes.add(new TileOutcome(band.tileIndex(column), TileStatus.REJECTED, reason));
      }
    }
    return outcomes;
  }

  /** Why a tile is rejected, or null if it is not. */
  private String rejection(Window window, double validFraction) {
    if (Math.min(window.width(), window.height()) < settings.minTileEdgePx()) {
      return RejectReason.TOO_SMALL;
    }
    if (validFraction == 0) {
      return RejectReason.NO_DATA;
    }
    return validFraction < settings.minValidFraction() ? RejectReason.TOO_LITTLE_VALID : null;
  }

  private static List<TileOutcome> rejected(BandJob band, String reason) {
    List<TileOutcome> outcomes = new ArrayList<>(band.columns());
    for (int column = 0; column < band.columns(); column++) {
      outcomes.add(new TileOutcome(band.tileIndex(column), TileStatus.REJECTED, reason));
    }
    return outcomes;
  }

  private static Tile tile(
      BandJob band, int column, Scene scene, byte[] pixels, double valid, String parameters) {
    Window window = band.tile(column);
    return Tile.newBuilder()
        .setTileId(band.tileId(window))
        .setTileIndex(band.tileIndex(column))
        .setSource(band.job().getSource())
        .setPolarization(band.job().getPolarization())
        .setGeometry(TileGeometries.of(scene, window))
        .setPixels(ByteBuffer.wrap(pixels))
        .setValidFraction(valid)
        .setRecipe(band.job().getRecipe())
        .setRecipeParameters(parameters)
        .build();
  }
}
