package dev.sarscribe.captioner.onnx;

import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.imagery.TileImage;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Where a tile lies in the model's square: scaled to fit, at the upper left, zeros to the right of
 * it and below. Converts pixels and boxes between the two. Immutable.
 *
 * @param input of the model
 * @param width of the tile in its own pixels
 * @param height of the tile in its own pixels
 * @param scale pixels of the square per pixel of the tile
 */
record Letterbox(ModelFolder.Input input, int width, int height, double scale) {
  private static final String NUMBER = "\\s*(-?\\d+(?:\\.\\d+)?)\\s*";
  private static final Pattern BOX =
      Pattern.compile("\\[" + String.join(",", NUMBER, NUMBER, NUMBER, NUMBER) + "]");

  static Letterbox of(ModelFolder.Input input, TileImage tile) {
    double fit = (double) input.size() / Math.max(tile.width(), tile.height());
    return new Letterbox(input, tile.width(), tile.height(), Math.min(fit, input.maxEnlargement()));
  }

  /** Appends the square's {@code size * size} values, 0 to 1, row by row. */
  void write(byte[] pixels, FloatBuffer target) {
    int newWidth = scaled(width);
    int newHeight = scaled(height);
    byte[] resized = Resampler.resize(pixels, width, height, newWidth, newHeight);
    float[] levels = levels((float) input.scale());
    float[] row = new float[input.size()];
    for (int y = 0; y < newHeight; y++) {
      int start = y * newWidth;
      for (int x = 0; x < newWidth; x++) {
        row[x] = levels[resized[start + x] & 0xff];
      }
      target.put(row);
    }
    float[] zeros = new float[input.size()];
    for (int y = newHeight; y < input.size(); y++) {
      target.put(zeros);
    }
  }

  /** What each of the 256 values of a pixel becomes: looking it up is faster than to compute it. */
  private static float[] levels(float factor) {
    float[] levels = new float[256];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = i * factor;
    }
    return levels;
  }

  private int scaled(int side) {
    int rounded = (int) Math.floor(side * scale + 0.5);
    return Math.max(1, Math.min(input.size(), rounded));
  }

  /**
   * Rewrites each {@code [x, y, w, h]} in pixels of the tile into the integers that the model was
   * trained on: {@code bins} steps along the square. Other texts come back unchanged.
   */
  String rewriteBoxes(String text, int bins) {
    if (text.indexOf('[') < 0) {
      return text;
    }
    return BOX.matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    "[%d, %d, %d, %d]"
                        .formatted(
                            bin(match.group(1), bins),
                            bin(match.group(2), bins),
                            bin(match.group(3), bins),
                            bin(match.group(4), bins))));
  }

  /**
   * Texts of which one has as many tokens as {@link #rewriteBoxes} can make of a text, whatever the
   * tile: with every integer, as 99 may take more tokens than 127.
   */
  static List<String> longestRewritten(String text, int bins) {
    Matcher boxes = BOX.matcher(text);
    return boxes.find()
        ? IntStream.range(0, bins)
            .mapToObj(i -> boxes.replaceAll("[%d, %d, %d, %d]".formatted(i, i, i, i)))
            .toList()
        : List.of(text);
  }

  private int bin(String pixels, int bins) {
    double value = Double.parseDouble(pixels) * scale;
    double bin = Math.floor(bins * value / input.size());
    return (int) Math.max(0, Math.min(bins - 1, bin));
  }

  /** A position in 0 to 1 of the square, in pixels of the tile and inside of it. */
  double toTileX(double position) {
    return clamp(position * input.size() / scale, width);
  }

  /** A position in 0 to 1 of the square, in pixels of the tile and inside of it. */
  double toTileY(double position) {
    return clamp(position * input.size() / scale, height);
  }

  private static double clamp(double value, int max) {
    return Math.max(0, Math.min(max, value));
  }
}
