package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sarscribe.captioner.ImageInput;
import dev.sarscribe.imagery.TileImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** Tiles as the {@code pixel_values} that the encoders of exported models take. */
final class PixelValues {
  static final String NAME = "pixel_values";
  static final int CHANNELS = 3;

  private PixelValues() {}

  /**
   * Resizes and normalises tiles.
   *
   * @param shape that the encoder wants: B tiles, 3 channels, height, width, and ones
   */
  static NDArray of(NDManager manager, ImageInput input, List<TileImage> tiles, Shape shape) {
    int perTile = Math.multiplyExact(CHANNELS * input.width(), input.height());
    FloatBuffer pixels =
        ByteBuffer.allocateDirect(
                Math.multiplyExact(Math.multiplyExact(tiles.size(), perTile), Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    tiles.forEach(tile -> write(tile, input, pixels));
    NDArray image = manager.create(pixels.flip(), shape, DataType.FLOAT32);
    image.setName(NAME);
    return image;
  }

  /** Appends a tile's three channels, row by row. */
  private static void write(TileImage tile, ImageInput input, FloatBuffer target) {
    byte[] resized =
        Resampler.resize(
            tile.pixels(),
            tile.width(),
            tile.height(),
            input.width(),
            input.height(),
            input.filter());
    for (int channel = 0; channel < CHANNELS; channel++) {
      double mean = input.mean().get(channel);
      double deviation = input.deviation().get(channel);
      for (byte pixel : resized) {
        target.put((float) (((pixel & 0xff) * input.scale() - mean) / deviation));
      }
    }
  }
}
