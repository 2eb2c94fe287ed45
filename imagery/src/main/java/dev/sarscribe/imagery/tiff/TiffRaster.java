package dev.sarscribe.imagery.tiff;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.source.ByteSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An opened TIFF or BigTIFF image: strips or tiles; raw, LZW, DEFLATE or ZSTD; predictors 1 to 3;
 * 8- and 16-bit integers and floats; any number of bands. {@link #read} decodes the blocks that a
 * window touches; recently decoded blocks are kept, those of a band of rows. Thread-safe: reads are
 * positional.
 *
 * <p>Validity is read where it is stored beside the values: as a mask in the file, as a mask file
 * of the same name with {@code .msk} added (GDAL's), or as an alpha band, which must be the last
 * one. Invalid pixels read as NaN.
 */
public final class TiffRaster implements AutoCloseable {
  /** Rows of a band of tiles with the filter's surround. */
  private static final int BAND_ROWS = 518;

  private static final long MIN_CACHE_BYTES = 16L << 20;
  private static final long MAX_CACHE_BYTES = 192L << 20;
  private static final int RAW_CHUNK_BYTES = 4 << 20;

  private final TiffBytes bytes;
  private final TiffLayout layout;
  private final GeoTags geoTags;
  private final boolean alpha;
  private final Optional<TiffRaster> mask;
  private final BlockCache cache;

  private TiffRaster(
      TiffBytes bytes,
      TiffLayout layout,
      GeoTags geoTags,
      boolean alpha,
      Optional<TiffRaster> mask) {
    this.bytes = bytes;
    this.layout = layout;
    this.geoTags = geoTags;
    this.alpha = alpha;
    this.mask = mask;
    // A band of rows is read in parts from left to right: its rows of blocks are to be kept so
    // long.
    int blockRows = Math.max(3, BAND_ROWS / layout.blockHeight() + 2);
    long wanted = blockRows * layout.blockBytes() * layout.across();
    // and the largest block at least, as it would be decoded anew for every window
    long limit = Math.max(MIN_CACHE_BYTES, Math.min(MAX_CACHE_BYTES, wanted));
    this.cache = new BlockCache(Math.max(limit, layout.rawStrips() ? 0 : layout.blockBytes()));
  }

  /**
   * Reads the headers of the first full-resolution image and checks every block's place.
   *
   * @throws SceneException if the file is no TIFF, is damaged or truncated, or is of a kind that is
   *     not read
   */
  public static TiffRaster open(Path file) throws SceneException {
    return open(TiffBytes.open(file));
  }

  /**
   * The same of any source, which is closed with the raster, or if this fails. Mask files beside it
   * are looked for only where the source is a file.
   *
   * @throws SceneException as above
   */
  public static TiffRaster open(ByteSource source) throws SceneException {
    return open(new TiffBytes(source));
  }

  private static TiffRaster open(TiffBytes bytes) throws SceneException {
    try {
      TiffDirectory.Main main = TiffDirectory.readMain(bytes);
      TiffDirectory ifd = main.image();
      TiffLayout layout = TiffLayout.of(ifd, bytes);
      GeoTags geoTags = GeoTags.of(ifd, bytes);
      return new TiffRaster(
          bytes, layout, geoTags, hasAlpha(ifd, bytes), mask(main, layout, bytes));
    } catch (SceneException e) {
      bytes.close();
      throw e;
    }
  }

  /** The mask file that belongs to a raster, whether it exists or not. */
  public static Path maskFile(Path raster) {
    return raster.resolveSibling(raster.getFileName() + ".msk");
  }

  /** Whether the last of several samples is marked as an alpha, associated (1) or not (2). */
  private static boolean hasAlpha(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    long[] extra = ifd.integers(338, 256);
    for (int i = 0; i < extra.length; i++) {
      if (extra[i] == 1 || extra[i] == 2) {
        if (i < extra.length - 1 || ifd.integer(277).orElse(1L) < 2) {
          throw bytes.unsupported("an alpha band that is not the last of several is not read");
        }
        return true;
      }
    }
    return false;
  }

  private static Optional<TiffRaster> mask(
      TiffDirectory.Main main, TiffLayout image, TiffBytes bytes) throws SceneException {
    TiffRaster mask = null;
    if (main.mask().isPresent()) {
      TiffDirectory ifd = main.mask().get();
      TiffLayout layout = TiffLayout.ofMask(ifd, bytes);
      mask = new TiffRaster(bytes, layout, GeoTags.of(ifd, bytes), false, Optional.empty());
    } else {
      Optional<Path> file =
          bytes.file().map(TiffRaster::maskFile).filter(f -> Files.isRegularFile(f));
      mask = file.isPresent() ? open(file.get()) : null;
    }
    if (mask != null && (mask.width() != image.width() || mask.height() != image.height())) {
      mask.close();
      throw new SceneException(
          Reason.SIZE_MISMATCH,
          bytes.name(),
          "%d x %d with a mask of %d x %d"
              .formatted(image.width(), image.height(), mask.width(), mask.height()));
    }
    return Optional.ofNullable(mask);
  }

  public int width() {
    return layout.width();
  }

  public int height() {
    return layout.height();
  }

  /** Bands of values; an alpha band is none. */
  public int bands() {
    return layout.bands() - (alpha ? 1 : 0);
  }

  /** Whether validity is stored beside the values, so that every value may be a valid one. */
  public boolean hasMask() {
    return alpha || mask.isPresent();
  }

  public SampleType sampleType() {
    return layout.type();
  }

  public GeoTags geoTags() {
    return geoTags;
  }

  /** Blocks of one band. */
  public long blocks() {
    return (long) layout.across() * layout.down();
  }

  /** Bytes that are decoded to read one pixel: those of its block, or of nothing but itself. */
  public long blockCostBytes() {
    return layout.rawStrips() ? layout.type().bytes() : layout.blockBytes();
  }

  /**
   * Reads one band of a window as stored, row by row; 64-bit samples are rounded to float, and
   * pixels that a mask or an alpha of 0 hides are NaN.
   *
   * @param band from 0
   * @throws SceneException if a block is damaged or the disk fails
   * @throws IllegalArgumentException if the window leaves the image
   */
  public float[] read(int band, Window w) throws SceneException {
    if (band < 0 || band >= bands() || !w.fitsIn(layout.width(), layout.height())) {
      throw new IllegalArgumentException(
          "band %d of %s leaves %d x %d x %d"
              .formatted(band, w, layout.width(), layout.height(), bands()));
    }
    float[] out = stored(band, w);
    if (alpha) {
      hide(out, stored(bands(), w));
    }
    if (mask.isPresent()) {
      TiffRaster m = mask.get(); // one band for all, or one for each
      hide(out, m.stored(Math.min(band, m.bands() - 1), w));
    }
    return out;
  }

  private static void hide(float[] values, float[] validity) {
    for (int i = 0; i < values.length; i++) {
      values[i] = validity[i] == 0 ? Float.NaN : values[i];
    }
  }

  private float[] stored(int band, Window w) throws SceneException {
    float[] out = new float[w.area()];
    int lastRow = (w.bottom() - 1) / layout.blockHeight();
    int lastColumn = (w.right() - 1) / layout.blockWidth();
    if (bytes.isRemote()) {
      bytes.announce(missing(band, w, lastColumn, lastRow));
    }
    for (int by = w.y() / layout.blockHeight(); by <= lastRow; by++) {
      for (int bx = w.x() / layout.blockWidth(); bx <= lastColumn; bx++) {
        if (layout.rawStrips()) {
          copyRaw(band, by, w, out);
        } else {
          copyDecoded(band, bx, by, w, out);
        }
      }
    }
    return out;
  }

  /** The stored blocks that a window needs and the cache has not, or their rows. */
  private List<ByteSource.Range> missing(int band, Window w, int lastColumn, int lastRow) {
    List<ByteSource.Range> ranges = new ArrayList<>();
    for (int by = w.y() / layout.blockHeight(); by <= lastRow; by++) {
      for (int bx = w.x() / layout.blockWidth(); bx <= lastColumn; bx++) {
        int block = layout.block(band, bx, by);
        long offset = layout.offsets()[block];
        if (layout.rawStrips()) {
          int top = by * layout.blockHeight();
          int y0 = Math.max(w.y(), top);
          int y1 = Math.min(w.bottom(), top + layout.rowsStored(by));
          long skipped = (y0 - top) * layout.rowBytes();
          ranges.add(new ByteSource.Range(offset + skipped, (y1 - y0) * layout.rowBytes()));
        } else if (cache.get(block) == null) {
          ranges.add(new ByteSource.Range(offset, layout.counts()[block]));
        }
      }
    }
    return ranges;
  }

  private void copyDecoded(int band, int bx, int by, Window w, float[] out) throws SceneException {
    int left = bx * layout.blockWidth();
    int top = by * layout.blockHeight();
    int x0 = Math.max(w.x(), left);
    int x1 = Math.min(w.right(), left + layout.blockWidth());
    int y0 = Math.max(w.y(), top);
    int y1 = Math.min(w.bottom(), top + layout.blockHeight());
    int number = layout.block(band, bx, by);
    if (isSparse(number)) { // a file of nothing but these may claim any size
      for (int y = y0; y < y1; y++) {
        int to = (y - w.y()) * w.width() + (x0 - w.x());
        fillSparse(out, to, to + x1 - x0);
      }
      return;
    }
    int stride = layout.interleaved();
    int first = layout.separate() ? 0 : band;
    ByteBuffer data = ByteBuffer.wrap(block(number, by)).order(bytes.order());
    for (int y = y0; y < y1; y++) {
      int from = ((y - top) * layout.blockWidth() + (x0 - left)) * stride + first;
      int to = (y - w.y()) * w.width() + (x0 - w.x());
      Samples.copy(data, layout.type(), from, stride, out, to, x1 - x0);
    }
  }

  /** Copies the rows of one raw strip straight from the file, in chunks of a few megabytes. */
  private void copyRaw(int band, int by, Window w, float[] out) throws SceneException {
    int top = by * layout.blockHeight();
    int y0 = Math.max(w.y(), top);
    int y1 = Math.min(w.bottom(), top + layout.rowsStored(by));
    int block = layout.block(band, 0, by);
    long offset = layout.offsets()[block];
    long needed = layout.rowBytes() * layout.rowsStored(by);
    if (isSparse(block)) {
      fillSparse(out, (y0 - w.y()) * w.width(), (y1 - w.y()) * w.width());
      return;
    }
    if (layout.counts()[block] < needed && !bytes.holds(offset, needed)) {
      throw bytes.truncated(offset, needed);
    }
    int stride = layout.interleaved();
    int first = layout.separate() ? 0 : band;
    int pixelBytes = stride * layout.type().bytes();
    boolean whole = w.width() == layout.width();
    int rowsAtOnce =
        whole ? (int) Math.max(1, Math.min(y1 - y0, RAW_CHUNK_BYTES / layout.rowBytes())) : 1;
    ByteBuffer data = ByteBuffer.allocate(rowsAtOnce * w.width() * pixelBytes).order(bytes.order());
    for (int y = y0; y < y1; y += rowsAtOnce) {
      int n = Math.min(rowsAtOnce, y1 - y);
      data.clear().limit(n * w.width() * pixelBytes);
      bytes.read(offset + (y - top) * layout.rowBytes() + (long) w.x() * pixelBytes, data);
      int to = (y - w.y()) * w.width();
      Samples.copy(data, layout.type(), first, stride, out, to, n * w.width());
    }
  }

  private boolean isSparse(int block) {
    return layout.offsets()[block] == 0 && layout.counts()[block] == 0;
  }

  /** A block that was never written holds the nodata value, or 0. */
  private void fillSparse(float[] out, int from, int to) {
    double value = layout.type().nearest(geoTags.nodata().orElse(0));
    java.util.Arrays.fill(out, from, to, (float) value);
  }

  private byte[] block(int number, int by) throws SceneException {
    byte[] cached = cache.get(number);
    if (cached != null) {
      return cached;
    }
    int rows = layout.rowsStored(by);
    int size = Math.toIntExact(layout.rowBytes() * rows);
    long offset = layout.offsets()[number];
    long count = layout.counts()[number];
    long stored = layout.packed() ? layout.storedRowBytes() * rows : size;
    if (stored > BlockDecoder.most(layout.compression(), count)) { // before allocating
      throw bytes.corrupt(
          "block at byte %d of %d bytes cannot hold %d".formatted(offset, count, size));
    }
    byte[] data = new byte[size];
    decode(offset, count, data, rows);
    cache.put(number, data);
    return data;
  }

  private void decode(long offset, long count, byte[] data, int rows) throws SceneException {
    // No codec read here grows data by half; what lies beyond cannot belong to the block.
    long most = data.length + data.length / 2 + 65_536L;
    byte[] stored = bytes.read(offset, (int) Math.min(count, most)).array();
    byte[] raw = layout.packed() ? new byte[(int) layout.storedRowBytes() * rows] : data;
    try {
      BlockDecoder.decode(layout.compression(), stored, raw, raw.length);
    } catch (BlockDecoder.DamagedBlock e) {
      throw new SceneException(
          Reason.CORRUPT, bytes.name(), "block at byte " + offset + " " + e.getMessage(), e);
    }
    if (layout.packed()) {
      Samples.unpackBits(raw, layout.rowSamples(), data);
      return;
    }
    boolean little = bytes.order() == ByteOrder.LITTLE_ENDIAN;
    int width = layout.blockWidth();
    int samples = layout.interleaved();
    int size = layout.type().bytes();
    switch (layout.predictor()) {
      case 2 -> Predictor.undoHorizontal(data, rows, width, samples, size, little);
      case 3 -> Predictor.undoFloatingPoint(data, rows, width, samples, size, little);
      default -> {
        // 1: samples are stored as they are
      }
    }
  }

  /**
   * Closes the file and drops the decoded blocks; later reads fail.
   *
   * @throws SceneException if the operating system reports an error
   */
  @Override
  public void close() throws SceneException {
    cache.clear();
    if (mask.isPresent()) {
      mask.get().close();
    }
    bytes.close();
  }
}
