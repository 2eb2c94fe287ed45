package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.ProgressKind;
import dev.sarscribe.schemas.avro.ProgressLedger;
import dev.sarscribe.stream.progress.Ledgers;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Enters every progress event into its acquisition's ledger and publishes the counts. */
final class ProgressKeeper implements Work<ProgressEvent> {
  /** Store of the ledgers by acquisition id. */
  static final String STORE = "progress-ledger";

  private final TilingStats stats;
  private Sinks sinks;
  private Map<String, Instant> unfinished;
  private KeyValueStore<String, ProgressLedger> ledgers;

  ProgressKeeper(TilingStats stats) {
    this.stats = stats;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context, Sinks processorSinks) {
    sinks = processorSinks;
    ledgers = context.getStateStore(STORE);
    unfinished = stats.share();
    try (KeyValueIterator<String, ProgressLedger> all = ledgers.all()) {
      all.forEachRemaining(
          entry -> {
            AcquisitionProgress progress = entry.value.getProgress();
            TilingStats.progressed(unfinished, progress, progress.getStartedAt());
          });
    }
  }

  @Override
  public Optional<Errand> begin(String key, ProgressEvent event) throws RefusedException {
    String id = event.getAcquisitionId();
    int highest = event.getOutcomes().stream().mapToInt(o -> o.getTileIndex()).max().orElse(0);
    int lowest = event.getOutcomes().stream().mapToInt(o -> o.getTileIndex()).min().orElse(0);
    Integer planned = event.getPlannedTiles();
    boolean plausible =
        event.getKind() != ProgressKind.PLANNED
            || (planned != null && planned > 0 && planned <= BandJob.MAX_TILES);
    if (lowest < 0 || highest >= BandJob.MAX_TILES || !plausible) {
      throw new RefusedException("INVALID_EVENT", id + ": tile index or count out of range");
    }
    ProgressLedger ledger = Ledgers.enter(ledgers.get(id), event);
    ledgers.put(id, ledger);
    sinks.send(Topics.PROGRESS, id, ledger.getProgress());
    TilingStats.progressed(unfinished, ledger.getProgress(), ledger.getProgress().getUpdatedAt());
    return Optional.empty();
  }

  @Override
  public void refused(ProgressEvent event, String reason, String message) {
    // A refused fact has no consequence but its dead letter.
  }

  @Override
  public void close() {
    stats.forget(unfinished);
  }
}
