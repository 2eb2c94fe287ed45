package dev.sarscribe.imagery.tiff;

import dev.sarscribe.imagery.SceneException;
import java.util.Arrays;

/**
 * How the samples of an image lie in the file. Every number was checked against the limits and the
 * file's length, so that no later arithmetic overflows and no allocation exceeds a block.
 *
 * @param packed whether samples are single bits, eight to a byte and rows padded to whole bytes;
 *     they decode to bytes of 0 and 1
 * @param blockWidth columns of a block: a tile's, or the image width for strips
 * @param blockHeight rows of a full block
 * @param separate whether each band has its own blocks (planar configuration 2)
 * @param offsets where blocks begin; 0 with a count of 0 for a block that was never written
 * @param counts stored bytes of each block
 */
@SuppressWarnings("ArrayRecordComponent") // internal
record TiffLayout(
    int width,
    int height,
    int bands,
    SampleType type,
    int compression,
    int predictor,
    boolean packed,
    boolean separate,
    boolean tiled,
    int blockWidth,
    int blockHeight,
    long[] offsets,
    long[] counts) {
  static final int MAX_DIMENSION = 200_000;
  private static final int MAX_BANDS = 256;

  /** A 512-row band of a 200,000-column image of floats would be 400 MB; no real block is. */
  static final int MAX_BLOCK_BYTES = 256 << 20;

  /** 200,000 rows of one strip each in 32 bands, or tiles of 256 in the largest image. */
  private static final int MAX_BLOCKS = 6_400_000;

  static TiffLayout of(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    if (isPacked(ifd, bytes)) {
      throw bytes.unsupported("samples of 1 bit are not read");
    }
    return any(ifd, bytes);
  }

  /** The layout of a validity mask, whose samples may be single bits. */
  static TiffLayout ofMask(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    return any(ifd, bytes);
  }

  private static boolean isPacked(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    return uniform(ifd, bytes, 258, 1) == 1;
  }

  private static TiffLayout any(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    int width = dimension(ifd, bytes, 256, "width");
    int height = dimension(ifd, bytes, 257, "height");
    int bands = bounded(ifd, bytes, 277, 1, MAX_BANDS, "samples per pixel");
    refuseColour(ifd, bytes, bands);
    boolean packed = isPacked(ifd, bytes);
    SampleType type = packed ? SampleType.UINT8 : sampleType(ifd, bytes);
    int compression = (int) (long) ifd.integer(259).orElse(1L);
    if (!BlockDecoder.knows(compression)) {
      throw bytes.unsupported(
          "TIFF compression " + BlockDecoder.nameOf(compression) + " is not read");
    }
    int predictor = compression == 1 ? 1 : bounded(ifd, bytes, 317, 1, 3, "predictor");
    if (predictor == 3 && type.sampleFormat() != 3) {
      throw bytes.corrupt("floating-point predictor on " + type);
    }
    if (packed && (predictor != 1 || ifd.integer(266).orElse(1L) != 1)) {
      throw bytes.unsupported("single bits in reverse order or with a predictor are not read");
    }
    boolean separate = bands > 1 && bounded(ifd, bytes, 284, 1, 2, "planar configuration") == 2;
    boolean tiled = ifd.has(322);
    int blockWidth = tiled ? dimension(ifd, bytes, 322, "tile width") : width;
    int blockHeight = tiled ? dimension(ifd, bytes, 323, "tile height") : strip(ifd, height);
    TiffLayout layout =
        new TiffLayout(
            width,
            height,
            bands,
            type,
            compression,
            predictor,
            packed,
            separate,
            tiled,
            blockWidth,
            blockHeight,
            new long[0],
            new long[0]);
    return layout.withBlocks(ifd, bytes);
  }

  private TiffLayout withBlocks(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    // Raw strips are read row by row, so only compressed or tiled blocks must fit in memory.
    if ((!rawStrips() && blockBytes() > MAX_BLOCK_BYTES) || rowBytes() > MAX_BLOCK_BYTES) {
      throw bytes.tooLarge(
          "blocks of %d x %d x %d %s".formatted(blockWidth, blockHeight, bands, type));
    }
    long blocks = (long) across() * down() * (separate ? bands : 1);
    if (blocks > MAX_BLOCKS) {
      throw bytes.tooLarge(blocks + " blocks");
    }
    long[] offsets = ifd.integers(tiled ? 324 : 273, MAX_BLOCKS);
    long[] counts = ifd.integers(tiled ? 325 : 279, MAX_BLOCKS);
    if (counts.length == 0 && blocks == 1 && rawStrips() && offsets.length == 1) {
      counts = new long[] {rowBytes() * height}; // allowed to be absent by old writers
    }
    if (offsets.length < blocks || counts.length < blocks) {
      throw bytes.corrupt(
          "%d offsets and %d sizes of %d blocks".formatted(offsets.length, counts.length, blocks));
    }
    for (int i = 0; i < blocks; i++) {
      if (!bytes.holds(offsets[i], counts[i])) {
        throw bytes.truncated(offsets[i], counts[i]);
      }
    }
    return new TiffLayout(
        width,
        height,
        bands,
        type,
        compression,
        predictor,
        packed,
        separate,
        tiled,
        blockWidth,
        blockHeight,
        Arrays.copyOf(offsets, (int) blocks),
        Arrays.copyOf(counts, (int) blocks));
  }

  private static int dimension(TiffDirectory ifd, TiffBytes bytes, int tag, String what)
      throws SceneException {
    long v = ifd.integer(tag).orElse(0L);
    if (v <= 0) {
      throw bytes.corrupt(what + " " + v);
    }
    if (v > MAX_DIMENSION) {
      throw bytes.tooLarge("%s %d, at most %d".formatted(what, v, MAX_DIMENSION));
    }
    return (int) v;
  }

  private static int bounded(
      TiffDirectory ifd, TiffBytes bytes, int tag, int low, int high, String what)
      throws SceneException {
    long v = ifd.integer(tag).orElse((long) low);
    if (v < low || v > high) {
      throw bytes.corrupt(what + " " + v);
    }
    return (int) v;
  }

  private static int strip(TiffDirectory ifd, int height) throws SceneException {
    long rows = ifd.integer(278).orElse((long) height);
    return rows <= 0 || rows > height ? height : (int) rows;
  }

  private static void refuseColour(TiffDirectory ifd, TiffBytes bytes, int bands)
      throws SceneException {
    long photometric = ifd.integer(262).orElse(1L);
    if (photometric == 3 || (photometric == 2 && bands >= 3) || photometric == 6) {
      throw bytes.unsupported("a colour image, not SAR");
    }
  }

  private static SampleType sampleType(TiffDirectory ifd, TiffBytes bytes) throws SceneException {
    long bits = uniform(ifd, bytes, 258, 1);
    long format = uniform(ifd, bytes, 339, 1);
    if (format == 5 || format == 6) {
      throw bytes.unsupported("complex samples (a single-look complex product) are not read");
    }
    for (SampleType t : SampleType.values()) {
      if (t.bytes() * 8L == bits && (t.sampleFormat() == format || (format == 4 && bits <= 16))) {
        return t;
      }
    }
    String kind = format == 3 ? "floating-point" : format == 2 ? "signed" : "unsigned";
    throw bytes.unsupported("%s samples of %d bits are not read".formatted(kind, bits));
  }

  private static long uniform(TiffDirectory ifd, TiffBytes bytes, int tag, long otherwise)
      throws SceneException {
    long[] v = ifd.integers(tag, MAX_BANDS);
    if (v.length == 0) {
      return otherwise;
    }
    if (Arrays.stream(v).anyMatch(x -> x != v[0])) {
      throw bytes.unsupported("bands of different sample types are not read");
    }
    return v[0];
  }

  /** Whether rows can be read straight from the file. */
  boolean rawStrips() {
    return compression == 1 && !tiled && !packed;
  }

  /** Blocks in a row of blocks. */
  int across() {
    return (width - 1) / blockWidth + 1;
  }

  /** Rows of blocks. */
  int down() {
    return (height - 1) / blockHeight + 1;
  }

  /** Samples of a pixel that lie next to each other in a block. */
  int interleaved() {
    return separate ? 1 : bands;
  }

  /** Samples of one row of a block. */
  int rowSamples() {
    return blockWidth * interleaved();
  }

  /** Bytes of one decoded row of a block. */
  long rowBytes() {
    return (long) blockWidth * interleaved() * type.bytes();
  }

  /** Bytes of one row of a block before its single bits became bytes. */
  long storedRowBytes() {
    return packed ? (rowBytes() + 7) / 8 : rowBytes();
  }

  /** Bytes of a full block. */
  long blockBytes() {
    return rowBytes() * blockHeight;
  }

  /** Number of the block in column {@code bx} and row {@code by} of blocks that holds a band. */
  int block(int band, int bx, int by) {
    return ((separate ? band * down() : 0) + by) * across() + bx;
  }

  /** Rows that are stored in a block of block row {@code by}: the last strip is shorter. */
  int rowsStored(int by) {
    return tiled ? blockHeight : Math.min(blockHeight, height - by * blockHeight);
  }
}
