package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.TileGrid;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Stretch;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.TileJob;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans an acquisition once: reads headers, estimates each scene's stretch, and emits one job per
 * row band. The plan is made as a whole before anything is sent, so that a product of which one
 * scene fails leaves nothing behind but its dead letter, and may be offered again after repair.
 */
final class Planner implements Work<Acquisition> {
  /** Store of what was planned: acquisition id to product id and, after a space, its digest. */
  static final String STORE = "planned-acquisitions";

  private static final Logger LOG = LoggerFactory.getLogger(Planner.class);

  private final TilingSettings settings;
  private final Imagery imagery;
  private ProcessorContext<byte[], byte[]> context;
  private Sinks sinks;
  private KeyValueStore<String, String> planned;

  Planner(TilingSettings settings, Imagery imagery) {
    this.settings = settings;
    this.imagery = imagery;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext, Sinks processorSinks) {
    context = processorContext;
    sinks = processorSinks;
    planned = processorContext.getStateStore(STORE);
  }

  @Override
  public void process(String key, Acquisition acquisition) throws SceneException, RefusedException {
    String id = acquisition.getSource().getAcquisitionId();
    if (!id.equals(key)) {
      // The store is partitioned by key: another key would escape the search for duplicates.
      throw new RefusedException(
          "KEY_MISMATCH", "acquisition %s came under the key '%s'".formatted(id, key));
    }
    String content = content(acquisition);
    if (isDuplicate(planned.get(id), content, acquisition.getSource().getProductId())) {
      LOG.info("{}: offered again and dropped", id);
      sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.duplicate(id));
      return;
    }
    Plan plan = plan(acquisition);
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.planned(id, plan.tiles()));
    for (TileJob job : plan.jobs()) {
      sinks.send(Topics.TILE_JOBS, BandJob.key(job), job);
    }
    planned.put(id, content);
    LOG.info("{}: planned {} tiles in {} bands", id, plan.tiles(), plan.jobs().size());
    // Planning takes long next to a commit interval; the bands should not wait for another one.
    context.commit();
  }

  /**
   * The same data again, or the same data take processed otherwise, is a duplicate. The same
   * product with other content is not: its first form was incomplete or damaged when it was
   * offered.
   */
  private static boolean isDuplicate(String before, String content, String productId) {
    return before != null && (before.equals(content) || !before.startsWith(productId + " "));
  }

  private static String content(Acquisition acquisition) {
    String digest =
        acquisition.getAssets().isEmpty() ? null : acquisition.getAssets().get(0).getDigest();
    return acquisition.getSource().getProductId() + " " + (digest == null ? "" : digest);
  }

  @Override
  public void refused(Acquisition acquisition, String reason, String message)
      throws RefusedException {
    String id = acquisition.getSource().getAcquisitionId();
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.failed(id, reason, message));
  }

  private record Plan(int tiles, List<TileJob> jobs) {}

  private Plan plan(Acquisition acquisition) throws SceneException, RefusedException {
    if (acquisition.getAssets().isEmpty()) {
      throw new RefusedException(
          "UNSUPPORTED", acquisition.getSource().getAcquisitionId() + " names no asset");
    }
    String uri = acquisition.getAssets().get(0).getUri();
    Recipe recipe = imagery.recipe(settings.recipe());
    List<TileJob> jobs = new ArrayList<>();
    int tiles = 0;
    try (Product product = imagery.open(ProductUris.path(uri))) {
      for (Scene scene : product.scenes()) {
        TileGrid grid = grid(scene, tiles);
        Stretch stretch = recipe.estimate(scene);
        for (int band = 0; band < grid.bands(); band++) {
          jobs.add(job(acquisition, uri, scene, stretch, band, tiles + band * grid.columns()));
        }
        tiles += grid.tiles();
      }
    }
    return new Plan(tiles, jobs);
  }

  private TileGrid grid(Scene scene, int tilesBefore) throws RefusedException {
    var grid = new TileGrid(scene.width(), scene.height(), settings.tileSize());
    long tiles = (long) grid.columns() * grid.bands();
    if (grid.columns() > BandJob.MAX_COLUMNS || tilesBefore + tiles > BandJob.MAX_TILES) {
      throw new RefusedException(
          "TOO_LARGE",
          "%s of %d x %d pixels has more than %d tiles, or %d in a row"
              .formatted(
                  scene.polarization(),
                  scene.width(),
                  scene.height(),
                  BandJob.MAX_TILES,
                  BandJob.MAX_COLUMNS));
    }
    return grid;
  }

  private TileJob job(
      Acquisition acquisition, String uri, Scene scene, Stretch stretch, int band, int firstTile) {
    return TileJob.newBuilder()
        .setSource(acquisition.getSource())
        .setProductUri(uri)
        .setPolarization(scene.polarization())
        .setSceneWidth(scene.width())
        .setSceneHeight(scene.height())
        .setTileSize(settings.tileSize())
        .setBand(band)
        .setFirstTileIndex(firstTile)
        .setRecipe(settings.recipe())
        .setStretchLow(stretch.low())
        .setStretchHigh(stretch.high())
        .build();
  }
}
