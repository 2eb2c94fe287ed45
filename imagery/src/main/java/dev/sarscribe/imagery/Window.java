package dev.sarscribe.imagery;

/**
 * A pixel rectangle of a scene: column {@code x} and row {@code y} of its upper left pixel, and its
 * size, all in pixels.
 */
public record Window(int x, int y, int width, int height) {
  public Window {
    if (x < 0 || y < 0 || width <= 0 || height <= 0) {
      throw new IllegalArgumentException(
          "window must lie at x, y >= 0 with a positive size, not "
              + x
              + ","
              + y
              + " "
              + width
              + "x"
              + height);
    }
  }

  /** The first column to the right of this window. */
  public int right() {
    return Math.addExact(x, width);
  }

  /** The first row below this window. */
  public int bottom() {
    return Math.addExact(y, height);
  }

  /** Number of pixels. */
  public int area() {
    return Math.multiplyExact(width, height);
  }

  /** Whether this window lies inside a raster of the given size. */
  public boolean fitsIn(int rasterWidth, int rasterHeight) {
    return (long) x + width <= rasterWidth && (long) y + height <= rasterHeight;
  }
}
