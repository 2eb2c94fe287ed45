package dev.sarscribe.captioner;

/**
 * An object that the model localised.
 *
 * @param category for instance {@code ship}
 * @param score 0 to 1
 * @param x left edge in pixels of the tile
 * @param y upper edge in pixels of the tile
 * @param width in pixels
 * @param height in pixels
 */
public record DetectedObject(
    String category, double score, double x, double y, double width, double height) {}
