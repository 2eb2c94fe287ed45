package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileGeometry;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Tiles as fetched, for tests. */
final class Tiles {
  static final WireFormat WIRE = WireFormat.of(Optional.empty());
  static final int EDGE = 8;

  private Tiles() {}

  static ConsumerRecord<String, byte[]> record(int offset, String name) {
    Tile tile = tile(offset, name);
    return record(offset, tile.getTileId(), WIRE.encode(Topics.TILES, tile));
  }

  static ConsumerRecord<String, byte[]> record(int offset, String key, byte[] value) {
    return new ConsumerRecord<>(Topics.TILES.name(), 0, offset, key, value);
  }

  static Tile tile(int index, String name) {
    byte[] pixels = new byte[EDGE * EDGE];
    Arrays.fill(pixels, (byte) (200 + index % 7));
    pixels[0] = 1;
    return Tile.newBuilder()
        .setTileId("acq/VV/" + name)
        .setTileIndex(index)
        .setSource(
            AcquisitionSource.newBuilder().setAcquisitionId("acq").setProductId("acq_1").build())
        .setPolarization("VV")
        .setGeometry(
            TileGeometry.newBuilder().setX(0).setY(0).setWidth(EDGE).setHeight(EDGE).build())
        .setPixels(ByteBuffer.wrap(pixels))
        .setValidFraction(name.contains("half") ? 0.6 : 1)
        .setRecipe("rounding/1")
        .setRecipeParameters("none")
        .build();
  }
}
