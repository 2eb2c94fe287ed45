package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import dev.sarscribe.stream.RejectReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything that one transaction writes, beside its offsets.
 *
 * @param skipped records that were not selected
 * @param superseded tiles that were captioned, and somebody else's record of them is kept
 * @param traces those of the tiles, by the key of what is written; of an acquisition, its first
 *     tile's
 */
record BatchResult(
    List<CorpusRecord> corpus,
    List<DeadLetter> letters,
    List<ProgressEvent> progress,
    long skipped,
    long superseded,
    Map<String, TraceParent> traces) {

  /**
   * Gathers the results of tiles.
   *
   * @param tellsProgress whether there is a fact for progress, one per acquisition
   */
  static BatchResult of(List<TileResult> results, boolean tellsProgress) {
    List<CorpusRecord> corpus = new ArrayList<>();
    List<DeadLetter> letters = new ArrayList<>();
    Map<String, List<TileOutcome>> outcomes = new LinkedHashMap<>();
    Map<String, TraceParent> traces = new HashMap<>();
    long skipped = 0;
    long superseded = 0;
    for (TileResult result : results) {
      if (result instanceof TileResult.Captioned captioned) {
        corpus.add(captioned.record());
        traces.put(captioned.record().getTileId(), captioned.trace());
        traces.putIfAbsent(acquisition(captioned.tile()), captioned.trace());
        tell(outcomes, captioned.tile(), TileStatus.CAPTIONED, null);
      } else if (result instanceof TileResult.Refused refused) {
        letters.add(refused.letter());
        traces.put(refused.letter().getScene(), refused.trace());
        refused.tile().ifPresent(t -> traces.putIfAbsent(acquisition(t), refused.trace()));
        refused
            .tile()
            .ifPresent(t -> tell(outcomes, t, TileStatus.REJECTED, RejectReason.CAPTION_FAILED));
      } else if (result instanceof TileResult.Superseded) {
        superseded++;
      } else {
        skipped++;
      }
    }
    List<ProgressEvent> progress = new ArrayList<>();
    if (tellsProgress) {
      outcomes.forEach((id, told) -> progress.add(ProgressEvents.tiles(id, told)));
    }
    return new BatchResult(corpus, letters, progress, skipped, superseded, traces);
  }

  private static String acquisition(Tile tile) {
    return tile.getSource().getAcquisitionId();
  }

  private static void tell(
      Map<String, List<TileOutcome>> outcomes, Tile tile, TileStatus status, String reason) {
    outcomes
        .computeIfAbsent(acquisition(tile), id -> new ArrayList<>())
        .add(new TileOutcome(tile.getTileIndex(), status, reason));
  }
}
