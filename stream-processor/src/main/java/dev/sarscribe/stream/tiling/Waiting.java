package dev.sarscribe.stream.tiling;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A record that waits for its errand, as its store keeps it.
 *
 * @param trace the value of its {@code traceparent}
 */
@SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
record Waiting(byte[] key, byte[] value, String trace) {
  /** {@code key} may be null, as that of any record. */
  byte[] toBytes() {
    int keyLength = key == null ? 0 : key.length;
    byte[] traceBytes = trace.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(2 * Integer.BYTES + traceBytes.length + keyLength + value.length)
        .putInt(traceBytes.length)
        .put(traceBytes)
        .putInt(key == null ? -1 : keyLength)
        .put(key == null ? new byte[0] : key)
        .put(value)
        .array();
  }

  static Waiting ofBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] trace = new byte[in.getInt()];
    in.get(trace);
    int keyLength = in.getInt();
    byte[] key = keyLength < 0 ? null : new byte[keyLength];
    if (key != null) {
      in.get(key);
    }
    byte[] value = new byte[in.remaining()];
    in.get(value);
    return new Waiting(key, value, new String(trace, StandardCharsets.US_ASCII));
  }

  String scene() {
    return key == null ? "" : new String(key, StandardCharsets.UTF_8);
  }
}
