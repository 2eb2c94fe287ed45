package dev.sarscribe.imagery.radiometry;

import dev.sarscribe.imagery.Window;

/**
 * A window of a scene after a recipe: 8-bit pixels, 0 where nodata.
 *
 * @param window where it lies in the scene
 * @param pixels {@code window.area()} unsigned bytes, row by row
 */
public record NormalisedBand(Window window, byte[] pixels) {
  public NormalisedBand {
    if (pixels.length != window.area()) {
      throw new IllegalArgumentException(pixels.length + " pixels do not fill " + window);
    }
  }

  /** Copies a window that lies inside this band. */
  public byte[] cut(Window w) {
    if (w.x() < window.x()
        || w.y() < window.y()
        || w.right() > window.right()
        || w.bottom() > window.bottom()) {
      throw new IllegalArgumentException(w + " leaves " + window);
    }
    byte[] out = new byte[w.area()];
    for (int row = 0; row < w.height(); row++) {
      int from = (w.y() - window.y() + row) * window.width() + (w.x() - window.x());
      System.arraycopy(pixels, from, out, row * w.width(), w.width());
    }
    return out;
  }

  /** Share of pixels in a window that are not nodata, 0 to 1. */
  public static double validFraction(byte[] pixels) {
    int valid = 0;
    for (byte p : pixels) {
      if (p != 0) {
        valid++;
      }
    }
    return valid / (double) pixels.length;
  }
}
