package dev.sarscribe.imagery.simulate;

/**
 * A labelled object of a simulated scene and its box in pixels, clipped to the scene.
 *
 * @param x left edge, 0 at the outer corner of the first pixel
 * @param y upper edge
 */
public record TruthObject(
    ObjectCategory category, double x, double y, double width, double height) {
  public TruthObject {
    if (!(x >= 0 && y >= 0 && width > 0 && height > 0)) {
      throw new IllegalArgumentException(
          "box of %s: %s,%s %s x %s".formatted(category.label(), x, y, width, height));
    }
  }
}
