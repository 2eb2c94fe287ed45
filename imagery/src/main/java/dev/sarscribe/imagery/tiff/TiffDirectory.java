package dev.sarscribe.imagery.tiff;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One image file directory: the fields by tag, values read when asked for. */
final class TiffDirectory {
  private static final int MAX_ENTRIES = 4096;
  private static final int MAX_DIRECTORIES = 64;

  /** Element sizes in bytes of the TIFF field types 0 to 18. */
  private static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

  private record Field(int type, long count, long offset) {}

  private final TiffBytes bytes;
  private final Map<Integer, Field> fields = new HashMap<>();
  private long next;

  private TiffDirectory(TiffBytes bytes) {
    this.bytes = bytes;
  }

  /** The directory of a full-resolution image, and that of its validity mask if it has one. */
  record Main(TiffDirectory image, Optional<TiffDirectory> mask) {}

  /** The first full-resolution image and the first mask before a second one. */
  static Main readMain(TiffBytes bytes) throws SceneException {
    boolean big = readOrder(bytes);
    long at = big ? bytes.read(8, 8).getLong() : Integer.toUnsignedLong(bytes.read(4, 4).getInt());
    TiffDirectory image = null;
    TiffDirectory mask = null;
    Set<Long> seen = new HashSet<>();
    while (at != 0) {
      if (!seen.add(at) || seen.size() > MAX_DIRECTORIES) {
        throw bytes.corrupt("its directories form a loop at byte " + at);
      }
      TiffDirectory directory;
      try {
        directory = readAt(bytes, at, big);
      } catch (SceneException e) {
        if (image == null || e.reason() == Reason.IO_ERROR) {
          throw e;
        }
        break; // what follows a sound image may be damaged, as other readers have it
      }
      // Bit 0 of NewSubfileType marks a reduced image, bit 2 a transparency mask.
      long kind = directory.integer(254).orElse(0L) & 5;
      if (kind == 0 && image != null) {
        break; // another page: what follows is its own
      }
      image = kind == 0 ? directory : image;
      mask = kind == 4 && mask == null ? directory : mask;
      at = directory.next;
    }
    if (image == null) {
      throw bytes.corrupt("no image directory");
    }
    return new Main(image, Optional.ofNullable(mask));
  }

  /** Reads the byte order mark; true for BigTIFF. */
  private static boolean readOrder(TiffBytes bytes) throws SceneException {
    if (bytes.length() < 8) {
      throw new SceneException(
          bytes.length() == 0 ? Reason.TRUNCATED : Reason.NOT_A_PRODUCT,
          bytes.name(),
          "is no TIFF: only " + bytes.length() + " bytes");
    }
    ByteBuffer head = bytes.read(0, 8);
    int mark = head.order(ByteOrder.BIG_ENDIAN).getShort(0);
    if (mark != 0x4949 && mark != 0x4D4D) {
      throw new SceneException(Reason.NOT_A_PRODUCT, bytes.name(), "is no TIFF");
    }
    bytes.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    head.order(bytes.order());
    int version = head.getShort(2);
    if (version != 42 && version != 43) {
      throw new SceneException(
          Reason.NOT_A_PRODUCT, bytes.name(), "is no TIFF: version " + version + " at byte 2");
    }
    if (version == 43 && head.getShort(4) != 8) {
      throw bytes.corrupt("BigTIFF with offsets of " + head.getShort(4) + " bytes");
    }
    return version == 43;
  }

  private static TiffDirectory readAt(TiffBytes bytes, long at, boolean big) throws SceneException {
    long entries =
        big ? bytes.read(at, 8).getLong() : Short.toUnsignedInt(bytes.read(at, 2).getShort());
    if (entries <= 0 || entries > MAX_ENTRIES) {
      throw bytes.corrupt("%d directory entries at byte %d".formatted(entries, at));
    }
    int countBytes = big ? 8 : 2;
    int entryBytes = big ? 20 : 12;
    int valueAt = big ? 12 : 8;
    int inline = big ? 8 : 4;
    ByteBuffer b = bytes.read(at + countBytes, (int) entries * entryBytes + inline);
    TiffDirectory directory = new TiffDirectory(bytes);
    for (int i = 0; i < entries; i++) {
      int p = i * entryBytes;
      int tag = Short.toUnsignedInt(b.getShort(p));
      int type = Short.toUnsignedInt(b.getShort(p + 2));
      long count = big ? b.getLong(p + 4) : Integer.toUnsignedLong(b.getInt(p + 4));
      if (type >= TYPE_BYTES.length || TYPE_BYTES[type] == 0 || count < 0) {
        continue; // a private type: the tag then counts as absent
      }
      boolean fits = count <= inline / TYPE_BYTES[type];
      long offset = at + countBytes + p + valueAt;
      if (!fits) {
        offset = big ? b.getLong(p + valueAt) : Integer.toUnsignedLong(b.getInt(p + valueAt));
      }
      directory.fields.putIfAbsent(tag, new Field(type, count, offset));
    }
    int end = (int) entries * entryBytes;
    directory.next = big ? b.getLong(end) : Integer.toUnsignedLong(b.getInt(end));
    return directory;
  }

  boolean has(int tag) {
    return fields.containsKey(tag);
  }

  /** Number of values of a field, 0 if absent. */
  long count(int tag) {
    Field f = fields.get(tag);
    return f == null ? 0 : f.count;
  }

  /** The first value of an integer field. */
  Optional<Long> integer(int tag) throws SceneException {
    long[] v = integers(tag, Integer.MAX_VALUE, 1);
    return v.length == 0 ? Optional.empty() : Optional.of(v[0]);
  }

  /** All values of an integer field of at most {@code limit} values; empty if absent. */
  long[] integers(int tag, int limit) throws SceneException {
    return integers(tag, limit, Integer.MAX_VALUE);
  }

  private long[] integers(int tag, int limit, int first) throws SceneException {
    Field f = fields.get(tag);
    if (f == null) {
      return new long[0];
    }
    ByteBuffer b = values(tag, f, limit, first);
    long[] out = new long[b.remaining() / TYPE_BYTES[f.type]];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          switch (f.type) {
            case 1, 7 -> Byte.toUnsignedLong(b.get());
            case 6 -> b.get();
            case 3 -> Short.toUnsignedLong(b.getShort());
            case 8 -> b.getShort();
            case 4, 13 -> Integer.toUnsignedLong(b.getInt());
            case 9 -> b.getInt();
            case 16, 17, 18 -> b.getLong();
            default -> throw bytes.corrupt("tag %d is not of an integer type".formatted(tag));
          };
    }
    return out;
  }

  /** All values of a double field of at most {@code limit} values; empty if absent. */
  double[] doubles(int tag, int limit) throws SceneException {
    Field f = fields.get(tag);
    if (f == null) {
      return new double[0];
    }
    if (f.type != 12 && f.type != 11) {
      throw bytes.corrupt("tag %d is not of a floating-point type".formatted(tag));
    }
    ByteBuffer b = values(tag, f, limit, Integer.MAX_VALUE);
    double[] out = new double[b.remaining() / TYPE_BYTES[f.type]];
    for (int i = 0; i < out.length; i++) {
      out[i] = f.type == 12 ? b.getDouble() : b.getFloat();
    }
    return out;
  }

  /** Text of at most {@code limit} bytes up to its first NUL. */
  Optional<String> text(int tag, int limit) throws SceneException {
    Field f = fields.get(tag);
    if (f == null) {
      return Optional.empty();
    }
    if (f.type != 2 && f.type != 1 && f.type != 7) {
      throw bytes.corrupt("tag %d is not text".formatted(tag));
    }
    ByteBuffer b = values(tag, f, limit, Integer.MAX_VALUE);
    String s = UTF_8.decode(b).toString();
    int end = s.indexOf('\0');
    return Optional.of(end < 0 ? s : s.substring(0, end));
  }

  private ByteBuffer values(int tag, Field f, int limit, int first) throws SceneException {
    if (f.count > limit) {
      throw bytes.tooLarge("%d values in tag %d, at most %d".formatted(f.count, tag, limit));
    }
    long size = Math.min(f.count, first) * TYPE_BYTES[f.type];
    if (size > Integer.MAX_VALUE / 2) {
      throw bytes.tooLarge("%d bytes in tag %d".formatted(size, tag));
    }
    return bytes.read(f.offset, (int) size);
  }
}
