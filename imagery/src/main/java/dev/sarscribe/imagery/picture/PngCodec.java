package dev.sarscribe.imagery.picture;

import dev.sarscribe.imagery.TileImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Tiles as 8-bit grey PNG, without loss. Static, thread-safe. */
public final class PngCodec {
  /** Higher ones find nothing more in nodata. */
  private static final int FLAT_LEVEL = 4;

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private PngCodec() {}

  /** The tile as a PNG file. */
  public static byte[] encode(TileImage tile) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(tile.pixels().length + 128);
    out.writeBytes(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(tile.width()).putInt(tile.height());
    header.put((byte) 8); // bits; then grey, and the only compression, filter set and no interlace
    chunk(out, "IHDR", header.array());
    chunk(out, "IDAT", deflated(tile));
    chunk(out, "IEND", new byte[0]);
    return out.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream out, String type, byte[] data) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
    out.writeBytes(name);
    out.writeBytes(data);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
  }

  private static byte[] deflated(TileImage tile) {
    byte[] lines = filtered(tile);
    Deflater deflater = deflater(lines);
    try {
      deflater.setInput(lines);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream(lines.length);
      byte[] piece = new byte[1 << 16];
      while (!deflater.finished()) {
        out.write(piece, 0, deflater.deflate(piece));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  /**
   * Speckle repeats nothing: a search for matches costs most of the time and saves nothing, so it
   * is left out unless much of the tile is flat (nodata).
   */
  private static Deflater deflater(byte[] lines) {
    int flat = 0;
    for (int i = 1; i < lines.length; i++) {
      if (lines[i] == 0 && lines[i - 1] == 0) {
        flat++;
      }
    }
    Deflater deflater = new Deflater(FLAT_LEVEL);
    deflater.setStrategy(flat > lines.length / 4 ? Deflater.FILTERED : Deflater.HUFFMAN_ONLY);
    return deflater;
  }

  /** PNG filter 3: the difference from the mean of left and upper neighbour, best for speckle. */
  private static byte[] filtered(TileImage tile) {
    byte[] p = tile.pixels();
    int width = tile.width();
    byte[] lines = new byte[Math.multiplyExact(width + 1, tile.height())];
    for (int y = 0; y < tile.height(); y++) {
      int row = y * width;
      int to = y * (width + 1);
      lines[to++] = 3;
      int left = 0;
      for (int x = 0; x < width; x++) {
        int pixel = p[row + x] & 0xFF;
        int up = y == 0 ? 0 : p[row + x - width] & 0xFF;
        lines[to + x] = (byte) (pixel - ((left + up) >> 1));
        left = pixel;
      }
    }
    return lines;
  }

  /** {@link #decode(String, byte[])} of a tile without a name of its own. */
  public static TileImage decode(byte[] png) throws IOException {
    return decode("png", png);
  }

  /**
   * A PNG file as a tile: grey as it is, colour as luminance.
   *
   * @param id names the tile in messages
   * @throws IOException if it is no PNG, damaged, or over 20,000 pixels wide or high, or over 100
   *     megapixels
   */
  public static TileImage decode(String id, byte[] png) throws IOException {
    BufferedImage image = BoundedImages.read(new ByteArrayInputStream(png), "png");
    return new TileImage(id, image.getWidth(), image.getHeight(), BoundedImages.grey(image));
  }
}
