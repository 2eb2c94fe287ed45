package dev.sarscribe.stream.tiling;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.stream.LogContext;
import dev.sarscribe.stream.StepWatch;
import java.time.Duration;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes the records of a topic for a {@link Work} and turns whatever one record does wrong into a
 * dead letter, so that the next one is processed. A record that needs another machine goes to the
 * {@link WaitingRoom}. Kafka's own exceptions and {@link Error}s pass through: they concern the
 * thread, not the record.
 */
final class GuardedProcessor<V extends SpecificRecord>
    implements Processor<byte[], byte[], byte[], byte[]>, WaitingRoom.Desk<V> {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedProcessor.class);

  /** How often the waiting room is served; next to nothing beside an errand. */
  private static final Duration SERVICE = Duration.ofMillis(100);

  /**
   * What one part of the topology is.
   *
   * @param name of the processor
   * @param stage for dead letters
   * @param topic its source
   * @param waitingStore where records wait, or empty if none of the topic ever do
   */
  record Part<V extends SpecificRecord>(
      String name, Stage stage, Topic<V> topic, Optional<String> waitingStore) {}

  /** Who runs errands, and how often. */
  record Errands(ErrandRunner runner, Patience patience) {}

  private final Part<V> part;
  private final WireFormat wireFormat;
  private final Work<V> work;
  private final Errands errands;
  private final TilingStats stats;
  private StepWatch watch;

  /** Of the record in work; null between records. */
  private LogContext concerned;

  private ProcessorContext<byte[], byte[]> context;
  private Sinks sinks;
  private Optional<WaitingRoom<V>> waiting = Optional.empty();

  GuardedProcessor(
      Part<V> part, WireFormat wireFormat, Work<V> work, Errands errands, TilingStats stats) {
    this.part = part;
    this.wireFormat = wireFormat;
    this.work = work;
    this.errands = errands;
    this.stats = stats;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> processorContext) {
    context = processorContext;
    sinks = new Sinks(processorContext, wireFormat, part.name(), stats);
    watch = stats.watch();
    work.init(processorContext, sinks);
    waiting = part.waitingStore().map(this::room);
    waiting.ifPresent(
        room ->
            context.schedule(SERVICE, PunctuationType.WALL_CLOCK_TIME, now -> serve(room, now)));
  }

  private WaitingRoom<V> room(String storeName) {
    KeyValueStore<Long, byte[]> store = context.getStateStore(storeName);
    return new WaitingRoom<>(work, this, store, errands.runner().threads(), errands.patience());
  }

  private void serve(WaitingRoom<V> room, long now) {
    try {
      if (room.serve(now)) {
        context.commit();
      }
    } finally {
      leave();
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    long offset = context.recordMetadata().orElseThrow().offset();
    Waiting whole =
        new Waiting(record.key(), record.value(), TraceParent.of(record.headers()).toString());
    process(offset, whole);
  }

  private void process(long offset, Waiting whole) {
    long start = System.nanoTime();
    follow(whole);
    try {
      processNow(offset, whole);
    } finally {
      leave();
      stats.worked(part.name(), System.nanoTime() - start);
    }
  }

  @Override
  public void follow(Waiting record) {
    leave();
    String key = record.scene();
    sinks.follow(TraceParent.of(record.trace()));
    watch.enter("%s of %s".formatted(part.name(), key));
    concerned =
        part.topic() == Topics.TILE_JOBS ? LogContext.ofPart(key) : LogContext.ofAcquisition(key);
  }

  private void leave() {
    watch.leave();
    if (concerned != null) {
      concerned.close();
      concerned = null;
    }
  }

  private void processNow(long offset, Waiting whole) {
    Optional<V> value = decode(offset, whole);
    if (value.isEmpty()) {
      return;
    }
    if (waiting.isPresent() && work.isRemote(value.get())) {
      waiting.get().enter(offset, whole);
      return;
    }
    try {
      Optional<Work.Errand> errand = work.begin(whole.scene(), value.get());
      if (errand.isPresent()) {
        errand.get().run().run();
      }
    } catch (SceneException | RefusedException | AccessException e) {
      refuse(offset, whole, value.get(), e);
    } catch (KafkaException e) {
      throw e;
    } catch (RuntimeException e) {
      refuse(offset, whole, value.get(), e);
    }
  }

  @Override
  public Optional<V> decode(long offset, Waiting record) {
    try {
      return Optional.of(wireFormat.decode(part.topic(), record.value()));
    } catch (MalformedRecordException e) {
      letter(offset, record, "MALFORMED_RECORD", e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public void refuse(long offset, Waiting record, V value, Exception failure) {
    boolean unexpected = failure instanceof RuntimeException;
    if (unexpected) {
      LOG.error("{}: {} failed unexpectedly", record.scene(), part.name(), failure);
    }
    String reason = RefusedException.reason(failure);
    String message = unexpected ? failure.toString() : failure.getMessage();
    letter(offset, record, reason, message);
    try {
      work.refused(value, reason, message);
    } catch (RefusedException e) {
      LOG.error("{}: the refusal itself cannot be told: {}", record.scene(), e.getMessage());
    }
  }

  private void letter(long offset, Waiting record, String reason, String message) {
    LOG.warn("{}: refused by {}: {}: {}", record.scene(), part.name(), reason, message);
    var origin =
        new DeadLetters.Origin(
            part.topic().name(),
            context.taskId().partition(),
            offset,
            record.key(),
            record.value());
    var letter = DeadLetters.ofRecord(part.stage(), record.scene(), reason, message, origin);
    try {
      sinks.send(Topics.DEAD_LETTERS, letter.getScene(), letter);
    } catch (RefusedException e) {
      LOG.error("{}: the dead letter is too large to send", record.scene());
    }
  }

  @Override
  public void close() {
    stats.forget(watch);
    if (waiting.isPresent()) {
      waiting.get().close();
    } else {
      work.close();
    }
  }
}
