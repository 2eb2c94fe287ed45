package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.schemas.WireFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * Reads sar.tiles.v1 and writes sar.corpus.v1, each tile exactly once: a batch's records, its facts
 * for progress, its dead letters and its offsets are one transaction. Thread-safe. A stage that
 * lost its broker recovers by itself; a worker that stopped for good shows in {@link #failure()}.
 */
public final class CaptionStage implements AutoCloseable {
  private final List<CaptionWorker> workers;
  private final WireFormat wireFormat;
  private final CaptionStats stats;

  private CaptionStage(List<CaptionWorker> workers, WireFormat wireFormat, CaptionStats stats) {
    this.workers = workers;
    this.wireFormat = wireFormat;
    this.stats = stats;
  }

  /**
   * Opens one captioner per worker and starts them.
   *
   * @param softwareVersion goes into the provenance of every record
   * @throws CaptionerException if a captioner cannot be opened; those opened before are closed
   * @throws org.apache.kafka.common.KafkaException if the client settings are refused
   */
  public static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion)
      throws CaptionerException {
    return start(
        settings, captioners, prompts, softwareVersion, i -> new KafkaClients(settings, i));
  }

  static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      IntFunction<Clients> clients)
      throws CaptionerException {
    List<Captioner> opened = open(captioners, settings.workers());
    WireFormat wireFormat = settings.kafka().wireFormat();
    var stats = new CaptionStats();
    List<CaptionWorker> workers = new ArrayList<>();
    try {
      for (int i = 0; i < opened.size(); i++) {
        Captioner captioner = opened.get(i);
        var records =
            new CorpusRecords(
                captioner.model(), prompts, softwareVersion, settings.minConfidence());
        var batches = new BatchCaptioner(captioner, prompts, records, stats);
        workers.add(
            new CaptionWorker(
                settings, i, captioner, batches, clients.apply(i), wireFormat, stats));
      }
    } catch (RuntimeException e) {
      workers.forEach(CaptionWorker::close);
      opened.subList(workers.size(), opened.size()).forEach(Captioner::close);
      wireFormat.close();
      throw e;
    }
    workers.forEach(CaptionWorker::start);
    return new CaptionStage(workers, wireFormat, stats);
  }

  public CaptionStats stats() {
    return stats;
  }

  /** What stopped a worker for good; empty while all work or recover. */
  public Optional<Throwable> failure() {
    return workers.stream().flatMap(w -> w.failure().stream()).findFirst();
  }

  /**
   * Finishes the batches in work, commits them, leaves the group and closes the captioners. Tiles
   * that were only fetched are captioned after the next start.
   */
  @Override
  public void close() {
    workers.parallelStream().forEach(CaptionWorker::close);
    wireFormat.close();
  }

  private static List<Captioner> open(CaptionerSupplier captioners, int count)
      throws CaptionerException {
    List<Captioner> opened = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        opened.add(captioners.open());
      }
      return opened;
    } catch (CaptionerException | RuntimeException e) {
      opened.forEach(Captioner::close);
      throw e;
    }
  }
}
