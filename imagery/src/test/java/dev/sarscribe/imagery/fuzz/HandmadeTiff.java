package dev.sarscribe.imagery.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.TreeMap;

/**
 * A little-endian TIFF put together field by field, so that it can lie about anything. It begins as
 * a sound 16 x 16 image of bytes in one raw strip, which lies behind the first directory.
 */
public final class HandmadeTiff {
  public static final int BYTE = 1;
  public static final int ASCII = 2;
  public static final int SHORT = 3;
  public static final int LONG = 4;
  public static final int DOUBLE = 12;
  public static final int LONG8 = 16;

  private record Field(int type, long count, long value, byte[] elsewhere) {}

  private final boolean big;
  private final TreeMap<Integer, Field> fields = new TreeMap<>();
  private byte[] pixels = new byte[256];
  private long entries = -1;
  private long next;

  private HandmadeTiff(boolean big) {
    this.big = big;
  }

  public static HandmadeTiff classic() {
    return sound(false);
  }

  static HandmadeTiff bigTiff() {
    return sound(true);
  }

  private static HandmadeTiff sound(boolean big) {
    HandmadeTiff t = new HandmadeTiff(big).size(16, 16).field(258, SHORT, 8);
    return t.field(259, SHORT, 1).field(273, LONG, t.pixelsAt()).field(279, LONG, 256);
  }

  /** Where {@link #pixels} begin: there is room for 100 fields and what they point at. */
  public long pixelsAt() {
    return 8192;
  }

  public HandmadeTiff size(long width, long height) {
    return field(256, LONG, width).field(257, LONG, height);
  }

  /** One value, stored in the field itself. */
  public HandmadeTiff field(int tag, int type, long value) {
    return field(tag, type, 1, value);
  }

  /** Any count and any value or offset, true or not. */
  HandmadeTiff field(int tag, int type, long count, long valueOrOffset) {
    fields.put(tag, new Field(type, count, valueOrOffset, new byte[0]));
    return this;
  }

  /** Values stored elsewhere. */
  public HandmadeTiff field(int tag, int type, long count, byte[] values) {
    fields.put(tag, new Field(type, count, 0, values));
    return this;
  }

  HandmadeTiff doubles(int tag, double... values) {
    ByteBuffer b = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(b::putDouble);
    return field(tag, DOUBLE, values.length, b.array());
  }

  HandmadeTiff shorts(int tag, int... values) {
    ByteBuffer b = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(v -> b.putShort((short) v));
    return field(tag, SHORT, values.length, b.array());
  }

  public HandmadeTiff longs(int tag, long... values) {
    ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(values).forEach(v -> b.putInt((int) v));
    return field(tag, LONG, values.length, b.array());
  }

  /** One compressed block in place of the pixels. */
  HandmadeTiff block(int compression, byte[] data) {
    pixels = data;
    return field(259, SHORT, compression).field(279, LONG, data.length);
  }

  /** Square tiles in place of the strip, all of them the same stored bytes. */
  public HandmadeTiff tiles(int edge, int count) {
    long[] offsets = new long[count];
    long[] counts = new long[count];
    Arrays.fill(offsets, pixelsAt());
    Arrays.fill(counts, pixels.length);
    fields.remove(273);
    fields.remove(279);
    return field(322, LONG, edge).field(323, LONG, edge).longs(324, offsets).longs(325, counts);
  }

  /** The number of entries that the directory claims. */
  HandmadeTiff entries(long claimed) {
    this.entries = claimed;
    return this;
  }

  /** The place of the next directory. */
  HandmadeTiff next(long offset) {
    this.next = offset;
    return this;
  }

  public byte[] bytes() {
    ByteBuffer b = ByteBuffer.allocate((int) pixelsAt() + pixels.length);
    b.order(ByteOrder.LITTLE_ENDIAN).put((byte) 'I').put((byte) 'I');
    int start = big ? 16 : 8;
    if (big) {
      b.putShort((short) 43).putShort((short) 8).putShort((short) 0).putLong(start);
    } else {
      b.putShort((short) 42).putInt(start);
    }
    int elsewhere = 2100;
    put(b, big ? 8 : 2, entries < 0 ? fields.size() : entries);
    for (var e : fields.entrySet()) {
      Field f = e.getValue();
      b.putShort(e.getKey().shortValue()).putShort((short) f.type);
      put(b, big ? 8 : 4, f.count);
      put(b, big ? 8 : 4, f.elsewhere.length > 0 ? elsewhere : f.value);
      b.put(elsewhere, f.elsewhere);
      elsewhere += f.elsewhere.length;
    }
    put(b, big ? 8 : 4, next);
    return b.put((int) pixelsAt(), pixels).array();
  }

  private static void put(ByteBuffer b, int size, long value) {
    switch (size) {
      case 2 -> b.putShort((short) value);
      case 4 -> b.putInt((int) value);
      default -> b.putLong(value);
    }
  }
}
