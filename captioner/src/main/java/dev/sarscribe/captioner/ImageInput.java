package dev.sarscribe.captioner;

import java.util.List;

/**
 * How an image enters an exported model: resized to a fixed size whatever its shape, three equal
 * channels, each value {@code (byte * scale - mean) / deviation}.
 *
 * @param width in pixels
 * @param height in pixels
 * @param filter of the resizing
 * @param scale multiplies each byte
 * @param mean of each channel
 * @param deviation of each channel, above 0
 */
public record ImageInput(
    int width, int height, Filter filter, double scale, List<Double> mean, List<Double> deviation) {
  public ImageInput {
    mean = List.copyOf(mean);
    deviation = List.copyOf(deviation);
  }

  /** Filters by the numbers that {@code preprocessor_config.json} has from Pillow. */
  public enum Filter {
    BILINEAR,
    BICUBIC,
    LANCZOS
  }
}
