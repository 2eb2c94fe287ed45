package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.avro.ProgressLedger;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * How the progress ledger is stored: always Avro single-object encoding, because state is internal
 * and belongs into no registry.
 */
final class LedgerSerde {
  private LedgerSerde() {}

  static Serde<ProgressLedger> create() {
    return Serdes.serdeFrom(
        (topic, ledger) -> ledger == null ? null : encode(ledger),
        (topic, bytes) -> bytes == null ? null : decode(bytes));
  }

  private static byte[] encode(ProgressLedger ledger) {
    try {
      ByteBuffer buffer = ledger.toByteBuffer();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new SerializationException("a progress ledger cannot be written", e);
    }
  }

  private static ProgressLedger decode(byte[] bytes) {
    try {
      return ProgressLedger.fromByteBuffer(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw new SerializationException("a progress ledger cannot be read", e);
    }
  }
}
