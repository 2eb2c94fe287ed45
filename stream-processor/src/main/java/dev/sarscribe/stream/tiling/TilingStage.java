package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.stream.StageHealth;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running tiling topology. Thread-safe. Its topics must exist before it starts. A stage that
 * lost its broker recovers by itself; one that stopped for good says so by {@link #failure()}.
 */
public final class TilingStage implements StageHealth, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TilingStage.class);

  private static final int COMMIT_INTERVAL_MS = 500;

  /** After a crash without restart, another instance takes over this fast. */
  private static final int SESSION_TIMEOUT_MS = 10_000;

  private static final int HEARTBEAT_INTERVAL_MS = 3_000;

  /** A band job is up to a second of work, and all fetched ones should fit a transaction. */
  private static final int MAX_POLL_RECORDS = 4;

  private static final int TRANSACTION_TIMEOUT_MS = 60_000;

  /** Finishing the band in work and its transaction. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Settings of {@link dev.sarscribe.schemas.KafkaConnection} that bear on the embedded producer.
   */
  private static final Set<String> PRODUCER_SETTINGS =
      Set.of(
          ProducerConfig.COMPRESSION_TYPE_CONFIG,
          ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG,
          ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
          ProducerConfig.BATCH_SIZE_CONFIG,
          ProducerConfig.LINGER_MS_CONFIG);

  private final WireFormat wireFormat;
  private final KafkaStreams streams;
  private final ThreadFailures failures;
  private final ErrandRunner errands;
  private final Assets assets;
  private final TilingStats stats;
  private final KafkaStreamsMetrics metrics;
  private final CountDownLatch runningOrStopped = new CountDownLatch(1);

  private TilingStage(
      WireFormat wireFormat,
      KafkaStreams streams,
      ThreadFailures failures,
      ErrandRunner errands,
      Assets assets,
      TilingStats stats) {
    this.wireFormat = wireFormat;
    this.streams = streams;
    this.failures = failures;
    this.errands = errands;
    this.assets = assets;
    this.stats = stats;
    this.metrics = new KafkaStreamsMetrics(streams);
  }

  /**
   * Starts the stage and returns at once.
   *
   * @param assets what products are opened with; closed with the stage
   * @throws IllegalArgumentException if there is no recipe of the settings' name
   */
  public static TilingStage start(TilingSettings settings, Assets assets) {
    return start(settings, assets, new CompositeMeterRegistry());
  }

  /** The same, with its counts and Kafka's own metrics in a registry. */
  public static TilingStage start(TilingSettings settings, Assets assets, MeterRegistry registry) {
    var stats = new TilingStats(registry);
    WireFormat wireFormat = settings.kafka().wireFormat();
    var errands = new ErrandRunner(settings.threads());
    var topology =
        TilingTopology.build(
            settings,
            wireFormat,
            new AssetImagery(assets),
            new GuardedProcessor.Errands(errands, Patience.DEFAULT),
            stats);
    var streams = new KafkaStreams(topology, properties(settings));
    var failures = new ThreadFailures(settings.threads(), System::nanoTime);
    var stage = new TilingStage(wireFormat, streams, failures, errands, assets, stats);
    streams.setUncaughtExceptionHandler(failures);
    streams.setStateListener((now, before) -> stage.onState(now));
    stage.metrics.bindTo(registry);
    streams.start();
    return stage;
  }

  /** Whether the stage is processing: not starting, rebalancing or stopped. */
  public boolean isRunning() {
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  /** Waits for the stage to run for the first time; false if it did not, or stopped. */
  public boolean awaitRunning(Duration timeout) throws InterruptedException {
    return runningOrStopped.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && isRunning();
  }

  /** Kafka Streams' state, while it is another one than running. */
  @Override
  public Optional<String> waitingFor() {
    KafkaStreams.State state = streams.state();
    return state == KafkaStreams.State.RUNNING
        ? Optional.empty()
        : Optional.of("Kafka Streams is " + state);
  }

  @Override
  public Optional<String> stuck(Duration limit) {
    return stats.stuck(limit);
  }

  /** What stopped the stage for good; empty while it runs or recovers. */
  @Override
  public Optional<Throwable> failure() {
    return failures
        .fatal()
        .or(
            () ->
                streams.state() == KafkaStreams.State.ERROR
                    ? Optional.of(new IllegalStateException("every stream thread died"))
                    : Optional.empty());
  }

  /** Finishes the records in work, commits, and leaves the group, so that others take over. */
  @Override
  public void close() {
    metrics.close();
    var leaving =
        CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
    if (!streams.close(leaving.withTimeout(CLOSE_TIMEOUT))) {
      LOG.warn("tiling did not stop within {} s", CLOSE_TIMEOUT.toSeconds());
    }
    errands.stop();
    assets.close(); // ends the requests that errands wait for
    errands.close();
    wireFormat.close();
  }

  private void onState(KafkaStreams.State state) {
    LOG.info("tiling is {}", state);
    if (state == KafkaStreams.State.RUNNING || state.hasCompletedShutdown()) {
      runningOrStopped.countDown();
    }
  }

  /**
   * Settings of the Streams client. Its error handlers stay at their defaults, to fail: sources are
   * bytes, which always deserialise; {@link Sinks} checks sizes before it sends; and {@link
   * GuardedProcessor} turns what a record does wrong into a dead letter.
   */
  static Properties properties(TilingSettings settings) {
    Properties p = new Properties();
    p.putAll(settings.kafka().adminSettings());
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    p.put(StreamsConfig.CLIENT_ID_CONFIG, settings.applicationId() + "-" + settings.instanceId());
    p.put(StreamsConfig.STATE_DIR_CONFIG, settings.stateDir().toString());
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL_MS);
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
    putConsumer(p, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, settings.instanceId());
    putConsumer(p, ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MS);
    putConsumer(p, ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_INTERVAL_MS);
    putConsumer(p, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
    putProducer(p, ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    Map<String, Object> producer = settings.kafka().producerSettings(Optional.empty());
    PRODUCER_SETTINGS.forEach(name -> putProducer(p, name, producer.get(name)));
    return p;
  }

  private static void putConsumer(Properties p, String name, Object value) {
    putUnlessSet(p, name, StreamsConfig.mainConsumerPrefix(name), value);
  }

  private static void putProducer(Properties p, String name, Object value) {
    putUnlessSet(p, name, StreamsConfig.producerPrefix(name), value);
  }

  /** What a user sets prevails, with the prefix or without. */
  private static void putUnlessSet(Properties p, String name, String prefixed, Object value) {
    if (!p.containsKey(prefixed)) {
      p.put(prefixed, p.getOrDefault(name, value));
    }
  }
}
