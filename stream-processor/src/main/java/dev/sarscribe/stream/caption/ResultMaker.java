package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.stream.LogContext;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes what is written about a tile out of what became of it: its record with the encoded image,
 * or its dead letter. Thread-safe.
 */
record ResultMaker(CorpusRecords records) {
  private static final Logger LOG = LoggerFactory.getLogger(ResultMaker.class);

  /** Texts, footprint and provenance beside the PNG. */
  private static final int TEXT_BYTES = 256 * 1024;

  /** Never fails for what a tile or its texts are; that becomes a dead letter. */
  TileResult of(Fetched.Ready ready, Verdict verdict) {
    if (verdict instanceof Verdict.Described described) {
      try {
        return new TileResult.Captioned(
            ready.tile(), record(ready, described.outcome()), trace(ready));
      } catch (RuntimeException e) {
        LOG.error("{}: no record can be made of its captions", ready.tile().getTileId(), e);
        return refused(ready, Optional.of(ready.tile()), "INTERNAL_ERROR", e.toString());
      }
    }
    var refused = (Verdict.Refused) verdict;
    return refused(ready, Optional.of(ready.tile()), refused.reason(), refused.message());
  }

  TileResult of(Fetched.Unusable unusable) {
    return refused(unusable, unusable.tile(), unusable.reason(), unusable.message());
  }

  private CorpusRecord record(Fetched.Ready ready, Outcome.Described described) {
    CorpusRecord record = records.of(ready, described);
    int imageBytes = record.getImage().remaining();
    if (imageBytes > Topics.CORPUS.maxMessageBytes() - TEXT_BYTES) {
      throw new IllegalStateException("its PNG of " + imageBytes + " bytes is too large");
    }
    return record;
  }

  private static TileResult refused(
      Fetched fetched, Optional<Tile> tile, String reason, String message) {
    String key = fetched.record().key();
    String scene = key == null ? "" : key;
    LogContext concerned = LogContext.ofTiles(List.of(scene));
    try (concerned) {
      LOG.warn("{}: refused: {}: {}", scene, reason, message);
    }
    return new TileResult.Refused(
        tile,
        DeadLetters.ofRecord(Stage.CAPTION, scene, reason, message, fetched.origin()),
        trace(fetched));
  }

  private static TraceParent trace(Fetched fetched) {
    return TraceParent.of(fetched.record().headers());
  }
}
