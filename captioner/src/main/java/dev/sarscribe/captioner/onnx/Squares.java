package dev.sarscribe.captioner.onnx;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.imagery.TileImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;

/** The encoder's input, written into one buffer off the heap that every batch uses again. */
final class Squares {
  private final ModelFolder.Input input;
  private ByteBuffer bytes = ByteBuffer.allocateDirect(0);

  Squares(ModelFolder.Input input) {
    this.input = input;
  }

  /**
   * Letterboxes tiles.
   *
   * @param boxes one per tile
   * @param rows B, at least as many as tiles; the others are black
   * @return {@code image [B,1,size,size]}; valid until the next call
   */
  NDArray image(NDManager manager, List<TileImage> tiles, List<Letterbox> boxes, int rows) {
    int size = input.size();
    int length = Math.multiplyExact(rows, size * size * Float.BYTES);
    if (bytes.capacity() < length) {
      bytes = ByteBuffer.allocateDirect(length);
    }
    // As bytes, no engine copies them once more.
    ByteBuffer used = bytes.slice(0, length).order(ByteOrder.nativeOrder());
    FloatBuffer values = used.asFloatBuffer();
    for (int i = 0; i < tiles.size(); i++) {
      boxes.get(i).write(tiles.get(i).pixels(), values);
    }
    float[] black = new float[size];
    while (values.hasRemaining()) {
      values.put(black);
    }
    NDArray image = manager.create(used, new Shape(rows, 1, size, size), DataType.FLOAT32);
    image.setName("image");
    return image;
  }
}
