package dev.sarscribe.imagery.tiff;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;

/** Writes small TIFFs of every kind that the reader knows, independently of the reader. */
public record TiffFixture(
    ByteOrder order,
    boolean big,
    boolean tiled,
    boolean separate,
    int compression,
    int predictor,
    SampleType type,
    int bands,
    int width,
    int height) {
  private static final int TILE = 32;
  private static final int STRIP_ROWS = 7;

  /** The value at a place; small whole numbers that every type holds. */
  float value(int band, int x, int y) {
    return (x * 7 + y * 13 + band * 31 + x * y % 5) % 251;
  }

  public void write(Path path) throws IOException {
    List<byte[]> blocks = new ArrayList<>();
    int planes = separate ? bands : 1;
    int bw = tiled ? TILE : width;
    int bh = tiled ? TILE : STRIP_ROWS;
    for (int plane = 0; plane < planes; plane++) {
      for (int y = 0; y < height; y += bh) {
        for (int x = 0; x < width; x += bw) {
          int rows = tiled ? bh : Math.min(bh, height - y);
          blocks.add(compressed(block(plane, x, y, bw, rows)));
        }
      }
    }
    Files.write(path, file(blocks, bw, bh));
  }

  private byte[] block(int plane, int x0, int y0, int bw, int rows) {
    int samples = separate ? 1 : bands;
    ByteBuffer out = ByteBuffer.allocate(bw * rows * samples * type.bytes()).order(order);
    for (int y = y0; y < y0 + rows; y++) {
      for (int x = x0; x < x0 + bw; x++) {
        for (int s = 0; s < samples; s++) {
          put(out, value(separate ? plane : s, x, y));
        }
      }
    }
    byte[] data = out.array();
    int rowBytes = bw * samples * type.bytes();
    for (int r = 0; r < rows; r++) {
      predict(data, r * rowBytes, rowBytes, samples);
    }
    return data;
  }

  private void put(ByteBuffer out, float v) {
    switch (type) {
      case UINT8 -> out.put((byte) v);
      case UINT16, INT16 -> out.putShort((short) v);
      case FLOAT32 -> out.putFloat(v);
      case FLOAT64 -> out.putDouble(v);
    }
  }

  private void predict(byte[] d, int at, int n, int samples) {
    int size = type.bytes();
    if (predictor == 2 && size <= 2) {
      ByteBuffer b = ByteBuffer.wrap(d).order(order);
      for (int i = at + n - size; i >= at + samples * size; i -= size) {
        if (size == 1) {
          d[i] -= d[i - samples];
        } else {
          b.putShort(i, (short) (b.getShort(i) - b.getShort(i - 2 * samples)));
        }
      }
    } else if (predictor == 3) {
      byte[] planes = new byte[n];
      int values = n / size;
      for (int i = 0; i < values; i++) {
        for (int k = 0; k < size; k++) {
          int significance = order == ByteOrder.BIG_ENDIAN ? k : size - 1 - k;
          planes[significance * values + i] = d[at + i * size + k];
        }
      }
      for (int i = n - 1; i >= samples; i--) {
        planes[i] -= planes[i - samples];
      }
      System.arraycopy(planes, 0, d, at, n);
    }
  }

  private byte[] compressed(byte[] raw) {
    return switch (compression) {
      case 5 -> lzw(raw);
      case 8, 32946 -> deflate(raw);
      case 50000 -> Zstd.compress(raw);
      default -> raw;
    };
  }

  private static byte[] deflate(byte[] raw) {
    Deflater d = new Deflater();
    d.setInput(raw);
    d.finish();
    byte[] out = new byte[raw.length + 1000];
    int n = d.deflate(out);
    d.end();
    return java.util.Arrays.copyOf(out, n);
  }

  private static byte[] lzw(byte[] raw) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long[] bits = {0, 0}; // pending bits and their number
    Map<String, Integer> table = new HashMap<>();
    int next = 258;
    int width = 9;
    emit(out, bits, 256, width);
    String held = "";
    for (byte b : raw) {
      String longer = held + (char) (b & 0xFF);
      if (longer.length() == 1 || table.containsKey(longer)) {
        held = longer;
        continue;
      }
      emit(out, bits, held.length() == 1 ? held.charAt(0) : table.get(held), width);
      table.put(longer, next++);
      held = longer.substring(longer.length() - 1);
      if (next == 4094) {
        emit(out, bits, 256, width);
        table.clear();
        next = 258;
        width = 9;
      } else if (next == (1 << width)) {
        width++;
      }
    }
    emit(out, bits, held.length() == 1 ? held.charAt(0) : table.get(held), width);
    emit(out, bits, 257, next + 1 == (1 << width) ? width + 1 : width);
    emit(out, bits, 0, 7);
    return out.toByteArray();
  }

  private static void emit(ByteArrayOutputStream out, long[] bits, int code, int width) {
    bits[0] = bits[0] << width | code;
    bits[1] += width;
    while (bits[1] >= 8) {
      out.write((int) (bits[0] >> (bits[1] - 8)));
      bits[1] -= 8;
    }
  }

  private byte[] file(List<byte[]> blocks, int bw, int bh) {
    int header = big ? 16 : 8;
    long[] offsets = new long[blocks.size()];
    long[] counts = new long[blocks.size()];
    long at = header;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = at;
      counts[i] = blocks.get(i).length;
      at += counts[i] + (counts[i] & 1);
    }
    TreeMap<Integer, long[]> tags = new TreeMap<>();
    long[] perBand = new long[bands];
    java.util.Arrays.fill(perBand, type.bytes() * 8L);
    long[] formats = new long[bands];
    java.util.Arrays.fill(formats, type.sampleFormat());
    tags.put(256, new long[] {width});
    tags.put(257, new long[] {height});
    tags.put(258, perBand);
    tags.put(259, new long[] {compression});
    tags.put(262, new long[] {1});
    tags.put(277, new long[] {bands});
    tags.put(284, new long[] {separate ? 2 : 1});
    tags.put(317, new long[] {predictor});
    tags.put(339, formats);
    if (tiled) {
      tags.put(322, new long[] {bw});
      tags.put(323, new long[] {bh});
    } else {
      tags.put(278, new long[] {bh});
    }
    tags.put(tiled ? 324 : 273, offsets);
    tags.put(tiled ? 325 : 279, counts);
    return assembled(blocks, tags, at);
  }

  private byte[] assembled(List<byte[]> blocks, TreeMap<Integer, long[]> tags, long directory) {
    int valueBytes = big ? 8 : 4;
    int ifdBytes = (big ? 16 : 6) + tags.size() * (big ? 20 : 12);
    int extra = tags.values().stream().mapToInt(v -> v.length * valueBytes).sum();
    ByteBuffer b = ByteBuffer.allocate((int) directory + ifdBytes + extra).order(order);
    b.put((byte) (order == ByteOrder.LITTLE_ENDIAN ? 'I' : 'M')).put(b.get(0));
    b.putShort((short) (big ? 43 : 42));
    if (big) {
      b.putShort((short) 8).putShort((short) 0).putLong(directory);
    } else {
      b.putInt((int) directory);
    }
    for (byte[] block : blocks) {
      b.put(block).position(b.position() + (block.length & 1));
    }
    putCount(b, tags.size(), big ? 8 : 2);
    int overflow = (int) directory + ifdBytes;
    for (Map.Entry<Integer, long[]> e : tags.entrySet()) {
      long[] v = e.getValue();
      b.putShort(e.getKey().shortValue()).putShort((short) (big ? 16 : 4));
      putCount(b, v.length, valueBytes);
      if (v.length == 1) {
        putCount(b, v[0], valueBytes);
      } else {
        putCount(b, overflow, valueBytes);
        int back = b.position();
        b.position(overflow);
        for (long x : v) {
          putCount(b, x, valueBytes);
        }
        overflow = b.position();
        b.position(back);
      }
    }
    return b.array();
  }

  private static void putCount(ByteBuffer b, long v, int bytes) {
    switch (bytes) {
      case 2 -> b.putShort((short) v);
      case 4 -> b.putInt((int) v);
      default -> b.putLong(v);
    }
  }
}
