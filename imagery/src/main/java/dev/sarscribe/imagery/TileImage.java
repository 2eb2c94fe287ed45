package dev.sarscribe.imagery;

/**
 * A normalised 8-bit, one-channel chip, row by row from the top left; 0 is nodata or darkest. The
 * pixel array is owned by the tile and must not be changed after construction.
 *
 * @param id names the tile in messages
 * @param width columns
 * @param height rows
 * @param pixels {@code width * height} unsigned bytes
 */
public record TileImage(String id, int width, int height, byte[] pixels) {
  public TileImage {
    if (width <= 0 || height <= 0 || pixels.length != Math.multiplyExact(width, height)) {
      throw new IllegalArgumentException(
          "tile %s: %d bytes are not %d x %d pixels".formatted(id, pixels.length, width, height));
    }
  }
}
