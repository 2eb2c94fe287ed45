package dev.sarscribe.imagery.tiff;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sarscribe.imagery.geo.Gcp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;

/**
 * Streams a striped GeoTIFF: rows go in from top to bottom, each full strip is written at once, and
 * {@link #close} adds the directory. Memory is one strip, whatever the size of the raster. Rasters
 * of 4 GB and more become BigTIFF. Not thread-safe.
 *
 * <p>A writer that is closed before all rows came deletes its file, so that a half-written raster
 * is never mistaken for a product.
 */
@SuppressWarnings("ByteBufferBackingArray") // all buffers are whole heap arrays
public final class GeoTiffWriter implements AutoCloseable {
  private static final int STRIP_BYTES = 1 << 18;
  private static final long CLASSIC_LIMIT_BYTES = 0xF000_0000L;

  private final Builder spec;
  private final FileChannel channel;
  private final boolean big;
  private final int rowBytes;
  private final int rowsPerStrip;
  private final long[] stripOffsets;
  private final long[] stripCounts;
  private final ByteBuffer strip;
  private int strips;
  private int rows;
  private long position;
  private boolean closed;

  private GeoTiffWriter(Builder spec) throws IOException {
    this.spec = spec;
    this.rowBytes = Math.multiplyExact(spec.width * spec.bands, spec.type.bytes());
    this.rowsPerStrip = Math.max(1, Math.min(spec.height, STRIP_BYTES / rowBytes));
    this.big = (long) rowBytes * spec.height > CLASSIC_LIMIT_BYTES;
    int count = (spec.height - 1) / rowsPerStrip + 1;
    this.stripOffsets = new long[count];
    this.stripCounts = new long[count];
    this.strip = ByteBuffer.allocate(rowBytes * rowsPerStrip).order(ByteOrder.LITTLE_ENDIAN);
    this.channel =
        FileChannel.open(
            spec.path,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING);
    this.position = 16; // room for either header, written on close
  }

  /** Starts the description of a raster of {@code width} columns and {@code height} rows. */
  public static Builder builder(Path path, int width, int height) {
    return new Builder(path, width, height);
  }

  /** Appends whole rows of unsigned bytes, samples of a pixel adjacent. */
  public void writeRows(byte[] samples) throws IOException {
    require(SampleType.UINT8, samples.length);
    int row = spec.width * spec.bands;
    for (int from = 0; from < samples.length; from += row) {
      strip.put(samples, from, row);
      rowDone();
    }
  }

  /** Appends whole rows of 16-bit samples (unsigned or signed), samples of a pixel adjacent. */
  public void writeRows(short[] samples) throws IOException {
    require(spec.type == SampleType.INT16 ? SampleType.INT16 : SampleType.UINT16, samples.length);
    int row = spec.width * spec.bands;
    for (int from = 0; from < samples.length; from += row) {
      strip.asShortBuffer().put(samples, from, row);
      strip.position(strip.position() + rowBytes);
      rowDone();
    }
  }

  /** Appends whole rows of floats, samples of a pixel adjacent. */
  public void writeRows(float[] samples) throws IOException {
    require(SampleType.FLOAT32, samples.length);
    int row = spec.width * spec.bands;
    for (int from = 0; from < samples.length; from += row) {
      strip.asFloatBuffer().put(samples, from, row);
      strip.position(strip.position() + rowBytes);
      rowDone();
    }
  }

  private void require(SampleType expected, int samples) {
    int row = spec.width * spec.bands;
    if (spec.type != expected) {
      throw new IllegalArgumentException("a raster of " + spec.type + " takes no " + expected);
    }
    if (samples % row != 0 || rows + (long) samples / row > spec.height) {
      throw new IllegalArgumentException(
          "%d samples at row %d do not fit %d x %d x %d"
              .formatted(samples, rows, spec.width, spec.height, spec.bands));
    }
  }

  private void rowDone() throws IOException {
    rows++;
    if (!strip.hasRemaining() || rows == spec.height) {
      strip.flip();
      ByteBuffer data = spec.deflate ? deflated(strip) : strip;
      stripOffsets[strips] = position;
      stripCounts[strips] = data.remaining();
      strips++;
      write(data);
      strip.clear();
    }
  }

  private static ByteBuffer deflated(ByteBuffer raw) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(raw.array(), 0, raw.limit());
      deflater.finish();
      byte[] out = new byte[raw.limit() + raw.limit() / 1000 + 128];
      int size = 0;
      while (!deflater.finished()) {
        size += deflater.deflate(out, size, out.length - size);
      }
      return ByteBuffer.wrap(out, 0, size);
    } finally {
      deflater.end();
    }
  }

  private void write(ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      position += channel.write(data, position);
    }
  }

  /**
   * Writes the directory and closes the file.
   *
   * @throws IOException if the disk fails, or if rows are missing: the file is then deleted
   */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (channel) {
      if (rows == spec.height) {
        writeDirectory();
        return;
      }
    }
    Files.deleteIfExists(spec.path);
    throw new IOException(
        "%s: only %d of %d rows were written"
            .formatted(spec.path.getFileName(), rows, spec.height));
  }

  private void writeDirectory() throws IOException {
    TreeMap<Integer, Field> fields = new TreeMap<>();
    putStructure(fields);
    putGeo(fields);
    int entryBytes = big ? 20 : 12;
    int inline = big ? 8 : 4;
    position += position & 1; // value offsets must be even
    long directory = position;
    int size = (big ? 16 : 6) + fields.size() * entryBytes;
    ByteBuffer ifd = little(size);
    if (big) {
      ifd.putLong(fields.size());
    } else {
      ifd.putShort((short) fields.size());
    }
    position += size;
    for (Map.Entry<Integer, Field> e : fields.entrySet()) {
      Field f = e.getValue();
      ifd.putShort(e.getKey().shortValue()).putShort((short) f.type);
      putSized(ifd, f.count);
      if (f.data.length <= inline) {
        ifd.put(f.data).position(ifd.position() + inline - f.data.length);
      } else {
        position += position & 1;
        putSized(ifd, position);
        write(ByteBuffer.wrap(f.data));
      }
    }
    ifd.position(0);
    channel.write(ifd, directory);
    writeHeader(directory);
  }

  private void putSized(ByteBuffer buffer, long value) {
    if (big) {
      buffer.putLong(value);
    } else {
      buffer.putInt((int) value);
    }
  }

  private void writeHeader(long directory) throws IOException {
    ByteBuffer header = little(16).put((byte) 'I').put((byte) 'I');
    if (big) {
      header.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(directory);
    } else {
      header.putShort((short) 42).putInt((int) directory);
    }
    header.position(0);
    channel.write(header, 0);
  }

  private void putStructure(Map<Integer, Field> fields) {
    int n = spec.bands;
    fields.put(256, Field.longs(false, spec.width));
    fields.put(257, Field.longs(false, spec.height));
    fields.put(258, Field.shorts(repeat(n, spec.type.bytes() * 8)));
    fields.put(259, Field.shorts(spec.deflate ? 8 : 1));
    fields.put(262, Field.shorts(1));
    if (!spec.title.isEmpty()) {
      fields.put(270, Field.ascii(spec.title));
    }
    fields.put(273, Field.longs(big, stripOffsets));
    fields.put(277, Field.shorts(n));
    fields.put(278, Field.longs(false, rowsPerStrip));
    fields.put(279, Field.longs(big, stripCounts));
    fields.put(284, Field.shorts(1));
    if (n > 1) {
      fields.put(338, Field.shorts(repeat(n - 1, 0)));
    }
    fields.put(339, Field.shorts(repeat(n, spec.type.sampleFormat())));
  }

  private void putGeo(Map<Integer, Field> fields) {
    if (spec.affine != null) {
      double[] a = spec.affine;
      fields.put(33550, Field.doubles(a[2], -a[3], 0));
      fields.put(33922, Field.doubles(0, 0, 0, a[0], a[1], 0));
    } else if (!spec.gcps.isEmpty()) {
      double[] ties =
          spec.gcps.stream()
              .flatMapToDouble(
                  g -> java.util.stream.DoubleStream.of(g.x(), g.y(), 0, g.lon(), g.lat(), 0))
              .toArray();
      fields.put(33922, Field.doubles(ties));
    }
    if (spec.epsg > 0) {
      boolean geographic = spec.epsg >= 4000 && spec.epsg < 5000;
      fields.put(
          34735,
          Field.shorts(
              1,
              1,
              0,
              3,
              1024,
              0,
              1,
              geographic ? 2 : 1,
              1025,
              0,
              1,
              1,
              geographic ? 2048 : 3072,
              0,
              1,
              spec.epsg));
    }
    if (!spec.metadata.isEmpty() || !spec.descriptions.isEmpty()) {
      fields.put(42112, Field.ascii(gdalMetadata()));
    }
    if (spec.nodata != null) {
      double v = spec.nodata;
      String text = v == Math.rint(v) ? String.format(Locale.ROOT, "%.0f", v) : String.valueOf(v);
      fields.put(42113, Field.ascii(Double.isNaN(v) ? "nan" : text));
    }
  }

  private String gdalMetadata() {
    StringBuilder xml = new StringBuilder("<GDALMetadata>\n");
    new TreeMap<>(spec.metadata)
        .forEach(
            (k, v) ->
                xml.append("  <Item name=\"%s\">%s</Item>\n".formatted(escape(k), escape(v))));
    for (int i = 0; i < spec.descriptions.size(); i++) {
      xml.append(
          "  <Item name=\"DESCRIPTION\" sample=\"%d\" role=\"description\">%s</Item>\n"
              .formatted(i, escape(spec.descriptions.get(i))));
    }
    return xml.append("</GDALMetadata>\n").toString();
  }

  private static String escape(String s) {
    return s.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static int[] repeat(int times, int value) {
    int[] a = new int[times];
    java.util.Arrays.fill(a, value);
    return a;
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** One directory entry: TIFF type code, value count and little-endian data. */
  private static final class Field {
    final int type;
    final long count;
    final byte[] data;

    private Field(int type, long count, byte[] data) {
      this.type = type;
      this.count = count;
      this.data = data;
    }

    static Field shorts(int... values) {
      ByteBuffer b = little(2 * values.length);
      for (int v : values) {
        b.putShort((short) v);
      }
      return new Field(3, values.length, b.array());
    }

    static Field longs(boolean wide, long... values) {
      ByteBuffer b = little((wide ? 8 : 4) * values.length);
      for (long v : values) {
        if (wide) {
          b.putLong(v);
        } else {
          b.putInt((int) v);
        }
      }
      return new Field(wide ? 16 : 4, values.length, b.array());
    }

    static Field doubles(double... values) {
      ByteBuffer b = little(8 * values.length);
      for (double v : values) {
        b.putDouble(v);
      }
      return new Field(12, values.length, b.array());
    }

    static Field ascii(String text) {
      byte[] bytes = (text + "\0").getBytes(text.startsWith("<") ? UTF_8 : ISO_8859_1);
      return new Field(2, bytes.length, bytes);
    }
  }

  /** What to write; {@link #open} starts the file. */
  public static final class Builder {
    private final Path path;
    private final int width;
    private final int height;
    private SampleType type = SampleType.UINT8;
    private int bands = 1;
    private boolean deflate;
    private int epsg;
    private double[] affine;
    private List<Gcp> gcps = List.of();
    private Double nodata;
    private String title = "";
    private Map<String, String> metadata = Map.of();
    private List<String> descriptions = List.of();

    private Builder(Path path, int width, int height) {
      if (width <= 0 || height <= 0 || width > 200_000 || height > 200_000) {
        throw new IllegalArgumentException("no raster of %d x %d".formatted(width, height));
      }
      this.path = path;
      this.width = width;
      this.height = height;
    }

    /** Type of the samples; UINT8 unless stated. FLOAT64 is read but not written. */
    public Builder sampleType(SampleType t) {
      if (t == SampleType.FLOAT64) {
        throw new IllegalArgumentException("float64 is not written");
      }
      this.type = t;
      return this;
    }

    /** Samples per pixel, 1 to 64; 1 unless stated. */
    public Builder bands(int n) {
      if (n < 1 || n > 64) {
        throw new IllegalArgumentException(n + " bands");
      }
      this.bands = n;
      return this;
    }

    /** Whether strips are compressed (DEFLATE, level 1); raw unless stated. */
    public Builder deflate(boolean on) {
      this.deflate = on;
      return this;
    }

    /** EPSG code of the CRS of {@link #affine}; control points are always EPSG:4326. */
    public Builder epsg(int code) {
      if (code < 1024 || code > 32767) {
        throw new IllegalArgumentException("EPSG:" + code);
      }
      this.epsg = code;
      return this;
    }

    /**
     * A north-up raster: CRS coordinates of the outer corner of the first pixel, and the step of a
     * column (positive) and of a row (negative).
     */
    public Builder affine(double originX, double originY, double dx, double dy) {
      if (!(dx > 0) || !(dy < 0)) {
        throw new IllegalArgumentException("a north-up raster steps right and down");
      }
      this.affine = new double[] {originX, originY, dx, dy};
      return this;
    }

    /** Control points in EPSG:4326, as Sentinel-1 measurements carry them. */
    public Builder gcps(List<Gcp> points) {
      this.gcps = List.copyOf(points);
      this.epsg = 4326;
      return this;
    }

    /** The value that means no data; none unless stated. */
    public Builder nodata(double value) {
      this.nodata = value;
      return this;
    }

    /** The image description (TIFF tag 270); none unless stated. */
    public Builder title(String description) {
      this.title = description;
      return this;
    }

    /** Dataset items of GDAL_METADATA. */
    public Builder metadata(Map<String, String> items) {
      this.metadata = Map.copyOf(items);
      return this;
    }

    /** One description per band, such as {@code VV}. */
    public Builder bandDescriptions(List<String> names) {
      this.descriptions = List.copyOf(names);
      return this;
    }

    /**
     * Creates the file, replacing an older one.
     *
     * @throws IOException if it cannot be created
     */
    public GeoTiffWriter open() throws IOException {
      if (affine != null && !gcps.isEmpty()) {
        throw new IllegalStateException("either an affine or control points");
      }
      if (!descriptions.isEmpty() && descriptions.size() != bands) {
        throw new IllegalStateException(descriptions.size() + " descriptions of " + bands);
      }
      return new GeoTiffWriter(this);
    }
  }
}
