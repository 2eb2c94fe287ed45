package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.Tile;
import java.util.Optional;

/** What is written about one fetched record, and the trace that it came with. */
sealed interface TileResult {
  record Captioned(Tile tile, CorpusRecord record, TraceParent trace) implements TileResult {}

  /** Without a tile if the record was none. */
  record Refused(Optional<Tile> tile, DeadLetter letter, TraceParent trace) implements TileResult {}

  /** Nothing is written. */
  record Skipped() implements TileResult {}

  /** Captioned, and not written: somebody else has written a record of the tile meanwhile. */
  record Superseded() implements TileResult {}
}
