package dev.sarscribe.stream.tiling;

import dev.sarscribe.imagery.TileGrid;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.radiometry.Stretch;
import dev.sarscribe.schemas.avro.TileJob;

/** A tile job whose numbers were checked. */
record BandJob(TileJob job, TileGrid grid, Stretch stretch) {
  /**
   * Tiles of one acquisition: two polarizations of a Sentinel-1 scene in tiles of 64 pixels are 220
   * 000, and a ledger of this many bytes fits into its changelog.
   */
  static final int MAX_TILES = 500_000;

  /** Tiles of one band: bounds the outcomes in one progress event. */
  static final int MAX_COLUMNS = 4096;

  /**
   * @throws RefusedException {@code INVALID_JOB} if the numbers make no sense
   */
  static BandJob of(TileJob job) throws RefusedException {
    try {
      var grid = new TileGrid(job.getSceneWidth(), job.getSceneHeight(), job.getTileSize());
      boolean inside =
          grid.columns() <= MAX_COLUMNS
              && job.getBand() >= 0
              && job.getBand() < grid.bands()
              && job.getFirstTileIndex() >= 0
              && job.getFirstTileIndex() <= MAX_TILES - grid.columns();
      if (inside) {
        return new BandJob(job, grid, new Stretch(job.getStretchLow(), job.getStretchHigh()));
      }
    } catch (IllegalArgumentException e) {
      throw new RefusedException("INVALID_JOB", key(job) + ": " + e.getMessage(), e);
    }
    throw new RefusedException("INVALID_JOB", key(job) + ": band or tile index out of range");
  }

  /** {@code <acquisition>/<polarization>/<band>}. */
  static String key(TileJob job) {
    return "%s/%s/%d"
        .formatted(job.getSource().getAcquisitionId(), job.getPolarization(), job.getBand());
  }

  String acquisitionId() {
    return job.getSource().getAcquisitionId();
  }

  int columns() {
    return grid.columns();
  }

  /** Index within the acquisition's plan of the tile at a column. */
  int tileIndex(int column) {
    return job.getFirstTileIndex() + column;
  }

  Window window() {
    return grid.band(job.getBand());
  }

  Window tile(int column) {
    return grid.tile(job.getBand(), column);
  }

  /** {@code <acquisition>/<polarization>/<x>_<y>}. */
  String tileId(Window tile) {
    return "%s/%s/%d_%d".formatted(acquisitionId(), job.getPolarization(), tile.x(), tile.y());
  }
}
