package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import dev.sarscribe.stream.RejectReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a batch of fetched tiles into what is to be written: corpus records, dead letters and the
 * facts for progress. Knows no consumer and no producer. Used by one thread.
 */
final class BatchCaptioner {
  private static final Logger LOG = LoggerFactory.getLogger(BatchCaptioner.class);

  /** Texts, footprint and provenance beside the PNG. */
  private static final int TEXT_BYTES = 256 * 1024;

  private final Captioner captioner;
  private final PromptSet prompts;
  private final CorpusRecords records;
  private final CaptionStats stats;

  BatchCaptioner(
      Captioner captioner, PromptSet prompts, CorpusRecords records, CaptionStats stats) {
    this.captioner = captioner;
    this.prompts = prompts;
    this.records = records;
    this.stats = stats;
  }

  /** What became of one tile in the engine. */
  private sealed interface Verdict {
    record Described(Outcome.Described outcome) implements Verdict {}

    record Refused(String reason, String message) implements Verdict {}
  }

  /** Never fails for what a tile or the engine does; those become dead letters. */
  BatchResult caption(List<Fetched> batch) {
    List<TileImage> images = new ArrayList<>();
    for (Fetched fetched : batch) {
      if (fetched instanceof Fetched.Ready ready) {
        images.add(ready.image());
      }
    }
    var verdicts = new ArrayList<Verdict>(images.size());
    describe(images, verdicts);
    var draft = new Draft();
    var next = verdicts.iterator();
    for (Fetched fetched : batch) {
      if (fetched instanceof Fetched.Ready ready) {
        enter(draft, ready, next.next());
      } else if (fetched instanceof Fetched.Unusable unusable) {
        draft.refuse(unusable, unusable.reason(), unusable.message());
        unusable.tile().ifPresent(draft::rejected);
      }
    }
    return draft.result();
  }

  private void enter(Draft draft, Fetched.Ready ready, Verdict verdict) {
    if (verdict instanceof Verdict.Described described) {
      try {
        draft.captioned(ready.tile(), record(ready, described.outcome()));
        return;
      } catch (RuntimeException e) {
        LOG.error("{}: no record can be made of its captions", ready.tile().getTileId(), e);
        draft.refuse(ready, "INTERNAL_ERROR", e.toString());
      }
    } else if (verdict instanceof Verdict.Refused refused) {
      draft.refuse(ready, refused.reason(), refused.message());
    }
    draft.rejected(ready.tile());
  }

  private CorpusRecord record(Fetched.Ready ready, Outcome.Described described) {
    CorpusRecord record = records.of(ready, described);
    int imageBytes = record.getImage().remaining();
    if (imageBytes > Topics.CORPUS.maxMessageBytes() - TEXT_BYTES) {
      throw new IllegalStateException("its PNG of " + imageBytes + " bytes is too large");
    }
    return record;
  }

  /** Adds one verdict per image; a batch that the engine fails is tried again by halves. */
  private void describe(List<TileImage> images, List<Verdict> verdicts) {
    if (images.isEmpty()) {
      return;
    }
    String failure;
    try {
      for (Outcome outcome : infer(images)) {
        verdicts.add(verdict(outcome));
      }
      return;
    } catch (CaptionerException | RuntimeException | OutOfMemoryError e) {
      LOG.warn("{} tiles from {} on: the engine failed", images.size(), images.get(0).id(), e);
      failure = e.getMessage() == null ? e.toString() : e.getMessage();
    }
    if (images.size() == 1) {
      verdicts.add(new Verdict.Refused("ENGINE_FAILED", failure));
    } else {
      int half = images.size() / 2;
      describe(images.subList(0, half), verdicts);
      describe(images.subList(half, images.size()), verdicts);
    }
  }

  private List<Outcome> infer(List<TileImage> images) throws CaptionerException {
    long start = System.nanoTime();
    try {
      List<Outcome> outcomes = captioner.caption(List.copyOf(images), prompts);
      if (outcomes.size() != images.size()) {
        throw new CaptionerException(
            "%d tiles got %d outcomes".formatted(images.size(), outcomes.size()));
      }
      return outcomes;
    } finally {
      stats.inference(System.nanoTime() - start);
    }
  }

  private static Verdict verdict(Outcome outcome) {
    if (outcome instanceof Outcome.Described described) {
      return new Verdict.Described(described);
    }
    return new Verdict.Refused("MODEL_REFUSED", ((Outcome.Failed) outcome).reason());
  }

  /** Gathers what the batch writes. */
  private static final class Draft {
    private final List<CorpusRecord> corpus = new ArrayList<>();
    private final List<DeadLetter> letters = new ArrayList<>();
    private final Map<String, List<TileOutcome>> outcomes = new LinkedHashMap<>();

    void captioned(Tile tile, CorpusRecord record) {
      corpus.add(record);
      outcome(tile, new TileOutcome(tile.getTileIndex(), TileStatus.CAPTIONED, null));
    }

    void rejected(Tile tile) {
      String reason = RejectReason.CAPTION_FAILED;
      outcome(tile, new TileOutcome(tile.getTileIndex(), TileStatus.REJECTED, reason));
    }

    void refuse(Fetched fetched, String reason, String message) {
      String key = fetched.record().key();
      String scene = key == null ? "" : key;
      LOG.warn("{}: refused: {}: {}", scene, reason, message);
      letters.add(DeadLetters.ofRecord(Stage.CAPTION, scene, reason, message, fetched.origin()));
    }

    BatchResult result() {
      List<ProgressEvent> progress = new ArrayList<>();
      outcomes.forEach((id, told) -> progress.add(ProgressEvents.tiles(id, told)));
      return new BatchResult(corpus, letters, progress);
    }

    private void outcome(Tile tile, TileOutcome outcome) {
      String acquisition = tile.getSource().getAcquisitionId();
      outcomes.computeIfAbsent(acquisition, id -> new ArrayList<>()).add(outcome);
    }
  }
}
