package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.Redaction;
import dev.sarscribe.access.assets.Assets;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * Reads one row band, applies the recipe to it once, and forwards its tiles one by one. Every tile
 * of the band is told to progress in any case: as tiled, as rejected, or, if the band cannot be
 * read, as unreadable.
 */
final class BandReader implements Work<TileJob> {
  private final TilingSettings settings;
  private final Imagery imagery;
  private final ProductCache localProducts;
  private final ProductCache remoteProducts;
  private Sinks sinks;

  BandReader(TilingSettings settings, Imagery imagery) {
    this.settings = settings;
    this.imagery = imagery;
    this.localProducts = new ProductCache(imagery);
    this.remoteProducts = new ProductCache(imagery);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context, Sinks processorSinks) {
    sinks = processorSinks;
  }

  @Override
  public boolean isRemote(TileJob job) {
    return !Assets.isLocal(job.getProductUri());
  }

  /** The bands of a product come in a row and share what is open of it. */
  @Override
  public boolean isSerial() {
    return true;
  }

  @Override
  public Optional<Errand> begin(String key, TileJob job) throws RefusedException {
    BandJob band = BandJob.of(job);
    Recipe recipe = recipe(job);
    // Errands of remote jobs have their own thread, so they have their own products too.
    ProductCache products = isRemote(job) ? remoteProducts : localProducts;
    return Optional.of(() -> read(band, recipe, products));
  }

  private Finish read(BandJob band, Recipe recipe, ProductCache products)
      throws SceneException, AccessException {
    TileJob job = band.job();
    try {
      Scene scene = scene(products.get(job), job);
      if (band.window().height() < settings.minTileEdgePx()) {
        return () -> tell(band, rejected(band, RejectReason.TOO_SMALL));
      }
      NormalisedBand pixels = recipe.apply(scene, band.window(), band.stretch());
      String parameters = recipe.describe(scene, band.stretch());
      return () -> tell(band, cut(band, scene, pixels, parameters));
    } catch (SceneException | AccessException | RuntimeException e) {
      products.evict(job);
      throw e;
    }
  }

  private void tell(BandJob band, List<TileOutcome> outcomes) throws RefusedException {
    String id = band.acquisitionId();
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.tiles(id, outcomes));
  }

  @Override
  public void refused(TileJob job, String reason, String message) throws RefusedException {
    BandJob band = BandJob.of(job);
    tell(band, rejected(band, RejectReason.unreadable(reason)));
  }

  @Override
  public void rest() {
    remoteProducts.close();
  }

  @Override
  public void close() {
    localProducts.close();
    remoteProducts.close();
  }

  private Recipe recipe(TileJob job) throws RefusedException {
    try {
      return imagery.recipe(job.getRecipe());
    } catch (IllegalArgumentException e) {
      throw new RefusedException("UNSUPPORTED", e.getMessage(), e);
    }
  }

  private static Scene scene(Product product, TileJob job) throws SceneException {
    for (Scene scene : product.scenes()) {
      if (PixelAssets.isMeant(job, product.scenes(), scene)) {
        if (scene.width() != job.getSceneWidth() || scene.height() != job.getSceneHeight()) {
          throw new SceneException(
              SceneException.Reason.SIZE_MISMATCH,
              Redaction.of(job.getProductUri()),
              "%s is %d x %d pixels, but %d x %d were planned"
                  .formatted(
                      job.getPolarization(),
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
        Redaction.of(job.getProductUri()),
        job.getPolarization() + " was planned but is not there");
  }

  private List<TileOutcome> cut(BandJob band, Scene scene, NormalisedBand pixels, String parameters)
      throws RefusedException {
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
