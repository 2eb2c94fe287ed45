package dev.sarscribe.imagery.tiff;

import java.util.LinkedHashMap;
import java.util.Map;

/** Decoded blocks by number, least recently used out first, bounded in bytes. Thread-safe. */
final class BlockCache {
  private final long limitBytes;
  private final LinkedHashMap<Integer, byte[]> blocks = new LinkedHashMap<>(64, 0.75f, true);
  private long heldBytes;

  BlockCache(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** The decoded block, or null. */
  synchronized byte[] get(int block) {
    return blocks.get(block);
  }

  synchronized void put(int block, byte[] data) {
    if (data.length > limitBytes) {
      return;
    }
    byte[] old = blocks.put(block, data);
    heldBytes += data.length - (old == null ? 0 : old.length);
    var eldest = blocks.entrySet().iterator();
    while (heldBytes > limitBytes) {
      Map.Entry<Integer, byte[]> e = eldest.next();
      heldBytes -= e.getValue().length;
      eldest.remove();
    }
  }

  synchronized void clear() {
    blocks.clear();
    heldBytes = 0;
  }
}
