package dev.sarscribe.imagery;

/**
 * Cuts a raster into tiles of {@code tileSize} pixels, left to right and top to bottom. Tiles at
 * the right and lower edge are clipped to the raster, so every pixel belongs to exactly one tile.
 *
 * @param width raster columns
 * @param height raster rows
 * @param tileSize edge of a full tile in pixels
 */
public record TileGrid(int width, int height, int tileSize) {
  public TileGrid {
    if (width <= 0 || height <= 0 || tileSize <= 0) {
      throw new IllegalArgumentException("grid %d x %d of %d".formatted(width, height, tileSize));
    }
  }

  /** Tiles in one row band. */
  public int columns() {
    return (width - 1) / tileSize + 1;
  }

  /** Row bands. */
  public int bands() {
    return (height - 1) / tileSize + 1;
  }

  /** Tiles in all. */
  public int tiles() {
    return Math.multiplyExact(columns(), bands());
  }

  /** The full-width window of one band of tiles. */
  public Window band(int band) {
    int y = Math.multiplyExact(band, tileSize);
    return new Window(0, y, width, Math.min(tileSize, height - y));
  }

  /** The window of the tile at a column of a band. */
  public Window tile(int band, int column) {
    int x = Math.multiplyExact(column, tileSize);
    int y = Math.multiplyExact(band, tileSize);
    return new Window(x, y, Math.min(tileSize, width - x), Math.min(tileSize, height - y));
  }
}
