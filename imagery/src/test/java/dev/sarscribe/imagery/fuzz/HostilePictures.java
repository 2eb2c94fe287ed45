package dev.sarscribe.imagery.fuzz;

import static dev.sarscribe.imagery.fuzz.Hostile.read;
import static dev.sarscribe.imagery.fuzz.Hostile.refused;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sarscribe.imagery.SceneException.Reason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;

/** PNGs and JPEGs that lie about their size or content. */
final class HostilePictures {
  private static final int GREY = 0;
  private static final int PALETTE = 3;
  private static final int RGBA = 6;

  private HostilePictures() {}

  static List<Hostile> all() {
    byte[] jpeg = jpeg(false);
    return List.of(
        refused("png-of-2-to-the-31", png(header(1 << 31, 4, 8, GREY), pixels()), Reason.CORRUPT),
        refused("png-wider-than-any", png(header(60_000, 4, 8, GREY), pixels()), Reason.TOO_LARGE),
        refused(
            "png-of-100-megapixels-of-8-bytes",
            png(header(10_000, 10_000, 16, RGBA), pixels()),
            Reason.TOO_LARGE),
        refused("png-without-pixels", png(header(4, 4, 8, GREY)), Reason.CORRUPT),
        refused("png-of-no-column", png(header(0, 4, 8, GREY), pixels()), Reason.CORRUPT),
        refused("png-of-3-bits", png(header(4, 4, 3, GREY), pixels()), Reason.CORRUPT),
        refused(
            "png-with-an-endless-palette",
            png(header(4, 4, 8, PALETTE), claimed("PLTE", 0x7FFF_FFF0), pixels()),
            Reason.CORRUPT),
        refused(
            "png-with-endless-transparency",
            png(header(4, 4, 8, GREY), claimed("tRNS", 0x7FFF_FFF0), pixels()),
            Reason.CORRUPT),
        refused(
            "png-with-an-endless-text",
            png(header(4, 4, 8, GREY), claimed("tEXt", 0x7FFF_FFF0), pixels()),
            Reason.CORRUPT),
        refused(
            "png-with-a-chunk-of-less-than-nothing",
            png(header(4, 4, 8, GREY), claimed("zTXt", -1), pixels()),
            Reason.CORRUPT),
        read("png-bomb", png(header(4, 4, 8, GREY), chunk("IDAT", deflated(64 << 20)))),
        refused("jpeg-wider-than-any", sized(jpeg, 60_000, 60_000), Reason.TOO_LARGE),
        refused("jpeg-of-no-row", sized(jpeg, 16, 0), Reason.CORRUPT),
        refused("jpeg-that-only-begins", Arrays.copyOf(jpeg, 20), Reason.CORRUPT),
        refused("jpeg-of-a-thousand-scans", scans(1000), Reason.TOO_LARGE));
  }

  static byte[] png(byte[]... chunks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
    for (byte[] c : chunks) {
      out.writeBytes(c);
    }
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  static byte[] header(int width, int height, int bits, int colours) {
    ByteBuffer b = ByteBuffer.allocate(13).putInt(width).putInt(height);
    return chunk("IHDR", b.put((byte) bits).put((byte) colours).array());
  }

  static byte[] pixels() {
    return chunk("IDAT", deflated(20));
  }

  private static byte[] chunk(String type, byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(US_ASCII));
    crc.update(data);
    ByteBuffer b = ByteBuffer.allocate(12 + data.length).putInt(data.length);
    return b.put(type.getBytes(US_ASCII)).put(data).putInt((int) crc.getValue()).array();
  }

  /** A chunk that claims a length and holds nothing. */
  private static byte[] claimed(String type, int length) {
    return ByteBuffer.allocate(12).putInt(length).put(type.getBytes(US_ASCII)).array();
  }

  private static byte[] deflated(int zeros) {
    Deflater d = new Deflater(9);
    d.setInput(new byte[zeros]);
    d.finish();
    byte[] out = new byte[1000 + zeros / 900];
    int n = d.deflate(out);
    d.end();
    return Arrays.copyOf(out, n);
  }

  /** A sound JPEG of 16 x 16 colour pixels. */
  static byte[] jpeg(boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    if (progressive) {
      param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
      image.setRGB(3, 3, 0xFF8000);
      writer.write(null, new IIOImage(image, null, null), param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  private static byte[] sized(byte[] jpeg, int width, int height) {
    byte[] changed = jpeg.clone();
    int frame = marker(changed, 0, 0xC0, 0xC2);
    ByteBuffer.wrap(changed).putShort(frame + 5, (short) height);
    ByteBuffer.wrap(changed).putShort(frame + 7, (short) width);
    return changed;
  }

  /** The place of the first of two markers from a place on. */
  private static int marker(byte[] jpeg, int from, int one, int other) {
    for (int i = from; ; i++) {
      int code = jpeg[i + 1] & 0xFF;
      if (jpeg[i] == (byte) 0xFF && (code == one || code == other)) {
        return i;
      }
    }
  }

  /** A progressive JPEG that claims 100 megapixels, its first scan over and over. */
  private static byte[] scans(int times) {
    byte[] jpeg = sized(jpeg(true), 10_000, 10_000);
    int first = marker(jpeg, 0, 0xDA, 0xDA);
    int second = marker(jpeg, first + 2, 0xDA, 0xC4);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, first);
    for (int i = 0; i < times; i++) {
      out.write(jpeg, first, second - first);
    }
    out.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xD9});
    return out.toByteArray();
  }
}
