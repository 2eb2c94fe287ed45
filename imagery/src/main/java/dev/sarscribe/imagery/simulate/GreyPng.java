package dev.sarscribe.imagery.simulate;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes 8-bit grey PNG files. */
final class GreyPng {
  private GreyPng() {}

  static void write(Path file, int width, int height, byte[] pixels) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    byte[] data = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    System.arraycopy(pixels, 0, data, 0, pixels.length);
    ImageIO.write(image, "png", file.toFile());
  }
}
