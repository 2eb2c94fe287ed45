package dev.sarscribe.imagery.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sarscribe.imagery.product.SmallSafe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A zip put together field by field, so that it can lie about its entries. */
final class HandmadeZip {
  static final int STORED = 0;
  static final int DEFLATED = 8;

  private record Entry(byte[] name, int method, int flags, long size, byte[] data) {}

  private final List<Entry> entries = new ArrayList<>();

  /** The files of a sound SAFE by name, uncompressed. */
  static Map<String, byte[]> safe() {
    Path root;
    Map<String, byte[]> files = new LinkedHashMap<>();
    try {
      root = SmallSafe.write(Contract.folder());
      try (var walk = Files.walk(root)) {
        for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
          files.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  /** A sound SAFE in a folder of this name, but for some files. */
  static HandmadeZip of(String folder, Map<String, byte[]> files, String... without) {
    HandmadeZip zip = new HandmadeZip();
    files.forEach(
        (name, data) -> {
          if (!List.of(without).contains(name)) {
            zip.entry(folder + name, STORED, 0, data.length, data);
          }
        });
    return zip;
  }

  /** An entry that claims to hold {@code size} bytes. */
  HandmadeZip entry(String name, int method, int flags, long size, byte[] data) {
    entries.add(new Entry(name.getBytes(UTF_8), method, flags, size, data));
    return this;
  }

  byte[] bytes() {
    int room = 22;
    for (Entry e : entries) {
      room += 30 + 46 + 2 * e.name.length + e.data.length;
    }
    ByteBuffer b = ByteBuffer.allocate(room).order(ByteOrder.LITTLE_ENDIAN);
    int[] places = new int[entries.size()];
    for (int i = 0; i < places.length; i++) {
      places[i] = b.position();
      b.putInt(0x04034b50);
      common(b, entries.get(i));
      b.put(entries.get(i).name).put(entries.get(i).data);
    }
    int directory = b.position();
    for (int i = 0; i < places.length; i++) {
      b.putInt(0x02014b50).putShort((short) 20);
      common(b, entries.get(i));
      b.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(places[i]);
      b.put(entries.get(i).name);
    }
    int size = b.position() - directory;
    b.putInt(0x06054b50).putInt(0).putShort((short) places.length).putShort((short) places.length);
    return b.putInt(size).putInt(directory).putShort((short) 0).array();
  }

  private static void common(ByteBuffer b, Entry e) {
    b.putShort((short) 20).putShort((short) e.flags).putShort((short) e.method);
    b.putInt(0).putInt(0); // time and CRC, which the reader does not look at
    b.putInt(e.data.length).putInt((int) e.size);
    b.putShort((short) e.name.length).putShort((short) 0);
  }
}
