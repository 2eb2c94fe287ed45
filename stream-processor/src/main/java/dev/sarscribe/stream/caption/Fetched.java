package dev.sarscribe.stream.caption;

import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Tile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** A record of the stage's topic as fetched: decoded, or known to be unusable. */
sealed interface Fetched {
  ConsumerRecord<String, byte[]> record();

  /** A tile that can be captioned. */
  record Ready(ConsumerRecord<String, byte[]> record, Tile tile, TileImage image)
      implements Fetched {}

  /** Bytes that are no tile, or a tile (then it is there) whose pixels do not fill its window. */
  record Unusable(
      ConsumerRecord<String, byte[]> record, Optional<Tile> tile, String reason, String message)
      implements Fetched {}

  /** Not to be captioned; only its offset counts. */
  record Skipped(ConsumerRecord<String, byte[]> record) implements Fetched {}

  /** The record of a tile, decoded. */
  static Fetched ofTile(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    Tile tile;
    try {
      tile = wireFormat.decode(Topics.TILES, record.value());
    } catch (MalformedRecordException e) {
      return malformed(record, e);
    }
    return of(record, tile, pixels(tile.getPixels()));
  }

  /** A tile and its pixels, if they fill its window. */
  static Fetched of(ConsumerRecord<String, byte[]> record, Tile tile, byte[] pixels) {
    int width = tile.getGeometry().getWidth();
    int height = tile.getGeometry().getHeight();
    try {
      return new Ready(record, tile, new TileImage(tile.getTileId(), width, height, pixels));
    } catch (IllegalArgumentException | ArithmeticException e) {
      return new Unusable(record, Optional.of(tile), "INVALID_TILE", e.getMessage());
    }
  }

  static Fetched malformed(ConsumerRecord<String, byte[]> record, MalformedRecordException e) {
    return new Unusable(record, Optional.empty(), "MALFORMED_RECORD", e.getMessage());
  }

  private static byte[] pixels(ByteBuffer buffer) {
    if (buffer.hasArray()
        && buffer.arrayOffset() == 0
        && buffer.array().length == buffer.remaining()) {
      // As Avro decodes it: nobody else holds the array, and many tiles wait in memory.
      return buffer.array();
    }
    byte[] pixels = new byte[buffer.remaining()];
    buffer.duplicate().get(pixels);
    return pixels;
  }

  default TopicPartition partition() {
    return new TopicPartition(record().topic(), record().partition());
  }

  default DeadLetters.Origin origin() {
    String key = record().key();
    byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
    return new DeadLetters.Origin(
        record().topic(), record().partition(), record().offset(), keyBytes, record().value());
  }
}
