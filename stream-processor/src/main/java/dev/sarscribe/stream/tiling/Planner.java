package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.TileGrid;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Scene;
import dev.sarscribe.imagery.radiometry.Recipe;
import dev.sarscribe.imagery.radiometry.Stretch;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.TileJob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  /** Store of what was planned: acquisition id to the text of a {@link PlannedProduct}. */
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
  public boolean isRemote(Acquisition acquisition) {
    return PixelAssets.areRemote(acquisition);
  }

  @Override
  public Optional<Errand> begin(String key, Acquisition acquisition) throws RefusedException {
    String id = acquisition.getSource().getAcquisitionId();
    if (!id.equals(key)) {
      // The store is partitioned by key: another key would escape the search for duplicates.
      throw new RefusedException(
          "KEY_MISMATCH", "acquisition %s came under the key '%s'".formatted(id, key));
    }
    if (dropDuplicate(id, acquisition)) {
      return Optional.empty();
    }
    return Optional.of(
        () -> {
          Plan plan = plan(acquisition);
          return () -> enter(id, acquisition, plan);
        });
  }

  /** Tells that an acquisition was planned before, if it was. */
  private boolean dropDuplicate(String id, Acquisition acquisition) throws RefusedException {
    String before = planned.get(id);
    PlannedProduct offered = PlannedProduct.of(acquisition);
    if (before == null
        || PlannedProduct.parse(before).isReplacedBy(offered, acquisition.getReprocessed())) {
      return false;
    }
    LOG.info("{}: offered again and dropped", id);
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.duplicate(id));
    return true;
  }

  private void enter(String id, Acquisition acquisition, Plan plan) throws RefusedException {
    if (dropDuplicate(id, acquisition)) { // planned while this one waited
      return;
    }
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.planned(id, plan.tiles()));
    for (TileJob job : plan.jobs()) {
      sinks.send(Topics.TILE_JOBS, BandJob.key(job), job);
    }
    planned.put(id, PlannedProduct.of(acquisition).stored());
    LOG.info("{}: planned {} tiles in {} bands", id, plan.tiles(), plan.jobs().size());
    // Planning takes long next to a commit interval; the bands should not wait for another one.
    context.commit();
  }

  @Override
  public void refused(Acquisition acquisition, String reason, String message)
      throws RefusedException {
    String id = acquisition.getSource().getAcquisitionId();
    sinks.send(Topics.PROGRESS_EVENTS, id, ProgressEvents.failed(id, reason, message));
  }

  private record Plan(int tiles, List<TileJob> jobs) {}

  private Plan plan(Acquisition acquisition)
      throws SceneException, RefusedException, AccessException {
    List<Asset> assets = PixelAssets.of(acquisition);
    if (assets.isEmpty()) {
      throw new RefusedException(
          "UNSUPPORTED", acquisition.getSource().getAcquisitionId() + " names no asset");
    }
    Draft draft = new Draft(acquisition, imagery.recipe(settings.recipe()));
    for (Asset asset : assets) {
      try (Product product = imagery.open(asset.getUri(), PixelAssets.hints(asset))) {
        draft.add(asset, product.scenes());
      } catch (SceneException | AccessException | RefusedException e) {
        if (assets.size() == 1) {
          throw e;
        }
        throw RefusedException.of(e, "asset %s: %s".formatted(asset.getName(), e.getMessage()));
      }
    }
    return new Plan(draft.tiles, draft.jobs);
  }

  /** A plan in the making. */
  private final class Draft {
    private final Acquisition acquisition;
    private final Recipe recipe;
    private final Map<String, Asset> taken = new HashMap<>();
    private final List<TileJob> jobs = new ArrayList<>();
    private int tiles;

    Draft(Acquisition acquisition, Recipe recipe) {
      this.acquisition = acquisition;
      this.recipe = recipe;
    }

    void add(Asset asset, List<Scene> scenes) throws SceneException, RefusedException {
      for (Scene scene : scenes) {
        String polarization = PixelAssets.polarization(asset, scenes, scene);
        Asset other = taken.putIfAbsent(polarization, asset);
        if (other != null && !PixelAssets.isNamed(polarization)) {
          throw new RefusedException(
              "UNSUPPORTED",
              "neither its file nor its metadata name its polarization, nor those of asset "
                  + other.getName());
        }
        if (other != null) { // archives offer the same pixels as a zip and as rasters
          LOG.warn(
              "{}: {} of asset {} is left out, as asset {} has it too",
              acquisition.getSource().getAcquisitionId(),
              polarization,
              asset.getName(),
              other.getName());
          continue;
        }
        TileGrid grid = grid(scene, tiles);
        Stretch stretch = recipe.estimate(scene);
        for (int band = 0; band < grid.bands(); band++) {
          int first = tiles + band * grid.columns();
          jobs.add(job(acquisition, asset, polarization, scene, stretch, band, first));
        }
        tiles += grid.tiles();
      }
    }
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
      Acquisition acquisition,
      Asset asset,
      String polarization,
      Scene scene,
      Stretch stretch,
      int band,
      int firstTile) {
    boolean local = Assets.isLocal(asset.getUri());
    return TileJob.newBuilder()
        .setSource(acquisition.getSource())
        .setProductUri(asset.getUri())
        .setMediaType(asset.getMediaType())
        .setSizeBytes(local ? null : asset.getSizeBytes())
        .setChecksum(local ? PlannedProduct.digest(asset) : asset.getChecksum())
        .setPolarization(polarization)
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
