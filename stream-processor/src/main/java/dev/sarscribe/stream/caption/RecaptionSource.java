package dev.sarscribe.stream.caption;

import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.imagery.picture.PngCodec;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Tile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The selected tiles up to the offsets at which a recaption began, kept ones or those in the images
 * of the corpus.
 */
record RecaptionSource(
    Recaption.From from,
    Selection selection,
    Map<TopicPartition, Long> ends,
    Optional<CorpusWatch> watch)
    implements TileSource {
  @Override
  public Topic<?> topic() {
    return from.topic();
  }

  /** A record of the corpus says that its tile is captioned; that is a fact already. */
  @Override
  public boolean tellsProgress() {
    return from == Recaption.From.TILES;
  }

  @Override
  public Fetched read(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    return from == Recaption.From.TILES ? tile(record, wireFormat) : inCorpus(record, wireFormat);
  }

  private Fetched tile(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    Fetched fetched = Fetched.ofTile(record, wireFormat);
    // What is unusable became a dead letter when it came.
    return fetched instanceof Fetched.Ready ready && selection.wants(ready.tile())
        ? ready
        : new Fetched.Skipped(record);
  }

  private Fetched inCorpus(ConsumerRecord<String, byte[]> record, WireFormat wireFormat) {
    if (!selection.wants(record)) {
      return new Fetched.Skipped(record);
    }
    CorpusRecord known;
    try {
      known = wireFormat.decode(Topics.CORPUS, record.value());
    } catch (MalformedRecordException e) {
      return Fetched.malformed(record, e);
    }
    ByteBuffer image = known.getImage();
    byte[] png = new byte[image.remaining()];
    image.duplicate().get(png);
    try {
      TileImage decoded = PngCodec.decode(known.getTileId(), png);
      return Fetched.of(record, tile(known, decoded), decoded.pixels());
    } catch (IOException e) {
      return new Fetched.Unusable(record, Optional.empty(), "INVALID_TILE", e.getMessage());
    }
  }

  private static Tile tile(CorpusRecord known, TileImage image) {
    return Tile.newBuilder()
        .setTileId(known.getTileId())
        // The corpus does not keep it, and nothing is told to progress.
        .setTileIndex(0)
        .setSource(known.getSource())
        .setPolarization(known.getPolarization())
        .setGeometry(known.getGeometry())
        .setPixels(ByteBuffer.wrap(image.pixels()))
        .setValidFraction(known.getValidFraction())
        .setRecipe(known.getProvenance().getRecipe())
        .setRecipeParameters(known.getProvenance().getRecipeParameters())
        .build();
  }
}
