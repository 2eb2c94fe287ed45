package dev.sarscribe.imagery.picture;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.SampleModel;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decoding of plain images whose size is checked before any pixel is. Static, thread-safe. */
final class BoundedImages {
  private static final int MAX_DIMENSION = 20_000;
  private static final long MAX_PIXELS = 100_000_000;

  /** Four bytes for each of the most pixels, as a coloured image with transparency has. */
  private static final long MAX_BYTES = 4 * MAX_PIXELS;

  /**
   * A JPEG may hold any number of scans, each of a few bytes that cost a pass over the whole image:
   * so many pixels are passed over in all, besides {@link #FREE_SCANS}. Progressive ones have about
   * ten.
   */
  private static final long MAX_PASSED_PIXELS = 200_000_000;

  /** One per colour, and one for a thumbnail. */
  private static final int FREE_SCANS = 4;

  private BoundedImages() {}

  /** A declared size beyond the limits. */
  static final class ImageTooLarge extends IOException {
    private static final long serialVersionUID = 1L;

    ImageTooLarge(String message) {
      super(message);
    }
  }

  /** Decodes an image of one format of ImageIO, such as {@code png}. */
  static BufferedImage read(InputStream in, String format) throws IOException {
    JpegScans scans = new JpegScans(in);
    InputStream counted = format.equals("jpeg") ? scans : in;
    try (ImageInputStream stream = new MemoryCacheImageInputStream(counted)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      while (readers.hasNext()) {
        ImageReader reader = readers.next();
        if (reader.getFormatName().toLowerCase(Locale.ROOT).equals(format)) {
          return decode(reader, stream, scans);
        }
        reader.dispose();
      }
      throw new IOException("is no " + format.toUpperCase(Locale.ROOT) + " image");
    } catch (RuntimeException e) {
      throw new IOException("damaged image: " + e.getMessage(), e); // ImageIO's own faults
    }
  }

  private static BufferedImage decode(ImageReader reader, ImageInputStream stream, JpegScans scans)
      throws IOException {
    try {
      reader.setInput(stream, true, true);
      long width = reader.getWidth(0);
      long height = reader.getHeight(0);
      if (width > MAX_DIMENSION || height > MAX_DIMENSION || width * height > MAX_PIXELS) {
        throw new ImageTooLarge("%d x %d pixels are too many".formatted(width, height));
      }
      if (width * height <= 0) {
        throw new IOException("an image of no pixel");
      }
      long pixelBytes = bytesPerPixel(reader);
      if (width * height * pixelBytes > MAX_BYTES) {
        throw new ImageTooLarge(
            "%d x %d pixels of %d bytes are too many".formatted(width, height, pixelBytes));
      }
      scans.allow(FREE_SCANS + MAX_PASSED_PIXELS / (width * height));
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  private static int bytesPerPixel(ImageReader reader) throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    if (!types.hasNext()) {
      throw new IOException("an image of no known kind");
    }
    SampleModel model = types.next().getSampleModel();
    int bits = 0;
    for (int band = 0; band < model.getNumBands(); band++) {
      bits += model.getSampleSize(band);
    }
    return Math.max(1, bits / 8);
  }

  /** Grey as stored (the high byte of 16 bits), colour as luminance by ITU-R BT.601. */
  static byte[] grey(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] out = new byte[Math.multiplyExact(width, height)];
    boolean single = image.getRaster().getNumBands() == 1;
    boolean indexed = image.getColorModel() instanceof java.awt.image.IndexColorModel;
    int type = image.getRaster().getDataBuffer().getDataType();
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      if (single && !indexed && image.getColorModel().getPixelSize() >= 8) {
        image.getRaster().getSamples(0, y, width, 1, 0, row);
        int shift = type == DataBuffer.TYPE_USHORT ? 8 : 0;
        for (int x = 0; x < width; x++) {
          out[y * width + x] = (byte) (row[x] >> shift);
        }
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          out[y * width + x] = luminance(row[x]);
        }
      }
    }
    return out;
  }

  private static byte luminance(int rgb) {
    int r = rgb >> 16 & 0xFF;
    int g = rgb >> 8 & 0xFF;
    int b = rgb & 0xFF;
    return (byte) ((299 * r + 587 * g + 114 * b + 500) / 1000);
  }
}
