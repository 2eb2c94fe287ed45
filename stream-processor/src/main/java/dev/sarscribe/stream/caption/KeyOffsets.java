package dev.sarscribe.stream.caption;

import java.nio.ByteBuffer;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * An offset for each of many keys, in 32 to 64 bytes per key however long it is: keys are held as
 * the first 128 bits of their SHA-256, which no two keys share in practice. An open-addressing
 * table, doubled at three quarters. Not thread-safe while it is written.
 */
final class KeyOffsets {
  /** Stands for a key without offset. */
  static final long NONE = -1;

  /** A slot's two halves of a digest and its offset plus 2. */
  private static final int LONGS = 3;

  private static final int FIRST_SLOTS = 1 << 10;
  private static final int MAX_SLOTS = 1 << 29;

  /** In place of an offset: nobody was ever here, or a key that was removed. */
  private static final long FREE = 0;

  private static final long REMOVED = 1;
  private static final long SHIFT = 2;

  private long[] table = new long[LONGS * FIRST_SLOTS];

  /** Slots that are not free, those of removed keys among them. */
  private int taken;

  private int size;

  private record Digest(long high, long low) {
    static Digest of(String key) {
      ByteBuffer bytes = ByteBuffer.wrap(DigestUtils.sha256(key));
      return new Digest(bytes.getLong(), bytes.getLong());
    }
  }

  /** Keys with an offset. */
  int size() {
    return size;
  }

  /** Memory that is taken. */
  long bytes() {
    return (long) Long.BYTES * table.length;
  }

  /** The offset of a key, or {@link #NONE}. */
  long get(String key) {
    Digest digest = Digest.of(key);
    return Math.max(NONE, table[slot(table, digest.high, digest.low) + 2] - SHIFT);
  }

  /**
   * Sets the offset of a key.
   *
   * @param offset 0 or more
   */
  void put(String key, long offset) {
    Digest digest = Digest.of(key);
    int slot = slot(table, digest.high, digest.low);
    size += table[slot + 2] < SHIFT ? 1 : 0;
    taken += table[slot + 2] == FREE ? 1 : 0;
    set(table, slot, digest.high, digest.low, offset + SHIFT);
    if (taken > slots() / 4 * 3) {
      grow();
    }
  }

  void remove(String key) {
    Digest digest = Digest.of(key);
    int slot = slot(table, digest.high, digest.low);
    if (table[slot + 2] >= SHIFT) {
      table[slot + 2] = REMOVED;
      size--;
    }
  }

  private int slots() {
    return table.length / LONGS;
  }

  /** Where a digest is, or the free slot where it belongs. */
  private static int slot(long[] table, long high, long low) {
    int mask = table.length / LONGS - 1;
    // A digest's bits are as good as random: they need no further mixing.
    for (int slot = (int) low & mask; ; slot = (slot + 1) & mask) {
      int at = LONGS * slot;
      if (table[at + 2] == FREE || table[at] == high && table[at + 1] == low) {
        return at;
      }
    }
  }

  private static void set(long[] table, int at, long high, long low, long value) {
    table[at] = high;
    table[at + 1] = low;
    table[at + 2] = value;
  }

  /** Room for more; drops what was removed, and only then doubles if that is not enough. */
  private void grow() {
    int wanted = size > slots() / 2 ? 2 * slots() : slots();
    if (wanted > MAX_SLOTS) {
      throw new IllegalStateException("more than %d keys".formatted(size));
    }
    long[] larger = new long[LONGS * wanted];
    for (int at = 0; at < table.length; at += LONGS) {
      if (table[at + 2] >= SHIFT) {
        int slot = slot(larger, table[at], table[at + 1]);
        set(larger, slot, table[at], table[at + 1], table[at + 2]);
      }
    }
    table = larger;
    taken = size;
  }
}
