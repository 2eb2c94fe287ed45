package dev.sarscribe.imagery.picture;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A JPEG as it is read, which fails at the scan that is one too many. Scans begin with the bytes FF
 * DA, which do not occur within one.
 */
final class JpegScans extends FilterInputStream {
  private long left = Long.MAX_VALUE;
  private long seen;
  private int last;

  JpegScans(InputStream in) {
    super(in);
  }

  /** Sets the number of scans, those that were read already included. */
  void allow(long scans) throws IOException {
    left = scans - seen;
    requireLeft();
  }

  @Override
  public int read() throws IOException {
    int b = super.read();
    if (b >= 0) {
      look(b);
    }
    return b;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n = super.read(b, off, len);
    for (int i = off; i < off + n; i++) {
      look(b[i] & 0xFF);
    }
    return n;
  }

  private void look(int b) throws IOException {
    if (last == 0xFF && b == 0xDA) {
      seen++;
      left--;
      requireLeft();
    }
    last = b;
  }

  private void requireLeft() throws IOException {
    if (left < 0) {
      throw new BoundedImages.ImageTooLarge("more scans than are decoded of an image of its size");
    }
  }
}
