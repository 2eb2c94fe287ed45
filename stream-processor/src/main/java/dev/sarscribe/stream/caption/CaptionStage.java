package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.stream.ClientMeters;
import dev.sarscribe.stream.StageHealth;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads sar.tiles.v1 and writes sar.corpus.v1, each tile exactly once: a batch's records, its facts
 * for progress, its dead letters and its offsets are one transaction. Thread-safe. A stage that
 * lost its broker or its engine recovers by itself; a worker that stopped for good shows in {@link
 * #failure()}.
 */
public final class CaptionStage implements StageHealth, AutoCloseable {
  /** Batches that wait, decoded, while the engine works on another. */
  private static final int BATCHES_AHEAD = 2;

  /** Batches that wait, described, while another is committed; they go into one transaction. */
  private static final int BATCHES_BEHIND = 2;

  private static final Logger LOG = LoggerFactory.getLogger(CaptionStage.class);
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

  private final List<CaptionWorker> workers;
  private final ExecutorService recordThreads;
  private final ScheduledExecutorService reporter =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "caption-report"));
  private final WireFormat wireFormat;
  private final CaptionStats stats;

  /** Released at the end, after the clients. */
  private AutoCloseable meters = () -> {};

  private CaptionStage(
      List<CaptionWorker> workers,
      ExecutorService recordThreads,
      WireFormat wireFormat,
      CaptionStats stats) {
    this.workers = workers;
    this.recordThreads = recordThreads;
    this.wireFormat = wireFormat;
    this.stats = stats;
  }

  /**
   * Opens one captioner per worker and starts them.
   *
   * @param softwareVersion goes into the provenance of every record
   * @throws CaptionerException if a captioner cannot be opened or has no room for a prompt; those
   *     opened before are closed
   * @throws org.apache.kafka.common.KafkaException if the client settings are refused
   */
  public static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion)
      throws CaptionerException {
    return start(settings, captioners, prompts, softwareVersion, TileSource.FEED);
  }

  /** The same, with its counts and those of its Kafka clients in a registry. */
  public static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      MeterRegistry registry)
      throws CaptionerException {
    var meters = new ClientMeters(registry);
    try {
      CaptionStage stage =
          start(
              settings,
              captioners,
              prompts,
              softwareVersion,
              TileSource.FEED,
              i -> new MeteredClients(new KafkaClients(settings, i), meters),
              new CaptionStats(settings.workers(), settings.batchMax(), registry));
      stage.meters = meters;
      Gauge.builder("sarscribe.caption.paused", stage, s -> s.trouble().isPresent() ? 1 : 0)
          .description("1 while a worker waits for its engine to work again.")
          .register(registry);
      return stage;
    } catch (CaptionerException | RuntimeException e) {
      meters.close();
      throw e;
    }
  }

  /** The same on another source. */
  static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      TileSource source)
      throws CaptionerException {
    return start(
        settings, captioners, prompts, softwareVersion, source, i -> new KafkaClients(settings, i));
  }

  static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      TileSource source,
      IntFunction<Clients> clients)
      throws CaptionerException {
    var stats = new CaptionStats(settings.workers(), settings.batchMax());
    return start(settings, captioners, prompts, softwareVersion, source, clients, stats);
  }

  private static CaptionStage start(
      CaptionSettings settings,
      CaptionerSupplier captioners,
      PromptSet prompts,
      String softwareVersion,
      TileSource source,
      IntFunction<Clients> clients,
      CaptionStats stats)
      throws CaptionerException {
    List<Captioner> opened = open(captioners, prompts, settings.workers());
    var stage =
        new CaptionStage(new ArrayList<>(), recordThreads(), settings.kafka().wireFormat(), stats);
    try {
      for (int i = 0; i < opened.size(); i++) {
        var engine =
            new EngineGuard(opened.get(i), captioners, prompts, stats, EngineGuard.Backoff.DEFAULT);
        var records =
            new CorpusRecords(engine.model(), prompts, softwareVersion, settings.minConfidence());
        stage.workers.add(stage.worker(i, settings, source, engine, records, clients.apply(i)));
      }
    } catch (RuntimeException e) {
      opened.subList(stage.workers.size(), opened.size()).forEach(Captioner::close);
      stage.close();
      throw e;
    }
    stage.workers.forEach(CaptionWorker::start);
    stage.report();
    return stage;
  }

  private CaptionWorker worker(
      int index,
      CaptionSettings settings,
      TileSource source,
      EngineGuard engine,
      CorpusRecords records,
      Clients clients) {
    Flight flight = new Flight(BATCHES_AHEAD * settings.batchMax(), BATCHES_BEHIND);
    stats.watch(flight);
    var transactions = new Transactions(clients, wireFormat, source);
    return new CaptionWorker(
        index,
        flight,
        engine,
        transactions,
        new TileFetcher(clients.consumer(), source, wireFormat, flight, stats),
        new TileDescriber(settings, flight, engine, records, recordThreads, stats),
        new BatchCommitter(source, flight, transactions, stats));
  }

  /** Logs now and then what was done since the last time. */
  private void report() {
    var last = new AtomicReference<>(stats.snapshot());
    Runnable line =
        () -> {
          CaptionStats.Snapshot now = stats.snapshot();
          CaptionStats.Snapshot span = now.since(last.getAndSet(now));
          LOG.info(
              "{} tiles/s; {}; {} tiles and {} batches wait; rejected {}, aborted {}",
              String.format(Locale.ROOT, "%.1f", span.tilesPerSecond()),
              span.describe(),
              span.waitingTiles(),
              span.waitingBatches(),
              span.rejected(),
              span.aborted());
        };
    var unused =
        reporter.scheduleAtFixedRate(
            line, LOG_INTERVAL.toSeconds(), LOG_INTERVAL.toSeconds(), TimeUnit.SECONDS);
  }

  public CaptionStats stats() {
    return stats;
  }

  /** What stopped a worker for good; empty while all work or recover. */
  @Override
  public Optional<Throwable> failure() {
    return workers.stream().flatMap(w -> w.failure().stream()).findFirst();
  }

  /** Why a worker waits for its engine to work again, for a person; empty while none does. */
  public Optional<String> trouble() {
    return workers.stream().flatMap(w -> w.trouble().stream()).findFirst();
  }

  /** Whatever keeps a worker from taking tiles: no membership of the group, or no engine. */
  @Override
  public Optional<String> waitingFor() {
    return workers.stream().flatMap(w -> w.waitingFor().stream()).findFirst();
  }

  @Override
  public Optional<String> stuck(Duration limit) {
    return workers.stream().flatMap(w -> w.stuck(limit).stream()).findFirst();
  }

  /** How far each partition is read and committed; empty if the source does not end. */
  Map<TopicPartition, Long> reached() {
    Map<TopicPartition, Long> reached = new HashMap<>();
    workers.forEach(w -> reached.putAll(w.reached()));
    return reached;
  }

  /**
   * Finishes the batches in work, commits them, leaves the group and closes the captioners. Tiles
   * that were only fetched are captioned after the next start.
   */
  @Override
  public void close() {
    workers.parallelStream().forEach(CaptionWorker::close);
    reporter.shutdownNow();
    recordThreads.shutdown();
    wireFormat.close();
    try {
      meters.close();
    } catch (Exception e) {
      LOG.warn("the meters are not released", e);
    }
  }

  /** Encoding an image takes milliseconds of a core, as many at once as there are cores. */
  private static ExecutorService recordThreads() {
    AtomicInteger count = new AtomicInteger();
    return Executors.newFixedThreadPool(
        Runtime.getRuntime().availableProcessors(),
        task -> new Thread(task, "caption-record-" + count.getAndIncrement()));
  }

  private static List<Captioner> open(CaptionerSupplier captioners, PromptSet prompts, int count)
      throws CaptionerException {
    List<Captioner> opened = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        Captioner captioner = captioners.open();
        opened.add(captioner);
        captioner.requireRoomFor(prompts);
      }
      return opened;
    } catch (CaptionerException | RuntimeException e) {
      opened.forEach(Captioner::close);
      throw e;
    }
  }
}
