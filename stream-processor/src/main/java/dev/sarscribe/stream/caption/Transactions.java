package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes results and their offsets, one transaction per call. Owns the producer and replaces it
 * when it was fenced or its state is unknown. Used by one thread.
 */
final class Transactions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Transactions.class);

  private static final long FIRST_BACKOFF_MS = 100;
  private static final long MAX_BACKOFF_MS = 10_000;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Clients clients;
  private final WireFormat wireFormat;
  private final TileSource source;
  private Producer<String, byte[]> producer;
  private long backoffMs = FIRST_BACKOFF_MS;

  Transactions(Clients clients, WireFormat wireFormat, TileSource source) {
    this.clients = clients;
    this.wireFormat = wireFormat;
    this.source = source;
  }

  /**
   * Opens a producer and ends what its predecessor left open, trying again while the broker does
   * not answer.
   *
   * @param stopping ends the attempts
   * @return false if stopped before it succeeded
   */
  boolean open(BooleanSupplier stopping) throws InterruptedException {
    while (!stopping.getAsBoolean()) {
      try {
        // A broker that is away may not even have an address: opening is tried again as well.
        producer = clients.producer();
        producer.initTransactions();
        return true;
      } catch (KafkaException e) {
        close(Duration.ZERO);
        if (Fatal.isFatal(e)) {
          throw e;
        }
        LOG.warn("transactions cannot be initialised; trying again", e);
        backOff();
      }
    }
    return false;
  }

  /** Does before a commit what needs no transaction; as of one, {@link #recover} must follow. */
  void prepare() {
    source.watch().ifPresent(CorpusWatch::catchUp);
  }

  /**
   * Commits; whatever it throws, {@link #recover} must follow before the next commit.
   *
   * @return what was written: not the records of tiles of which others have written one meanwhile
   */
  BatchResult commit(
      List<TileResult> results,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      ConsumerGroupMetadata group) {
    Optional<CorpusWatch> watch = source.watch();
    List<TileResult> left =
        without(results, key -> watch.filter(w -> w.isWrittenByOthers(key)).isPresent());
    while (true) {
      BatchResult result = BatchResult.of(left, source.tellsProgress());
      producer.beginTransaction();
      Map<String, Future<RecordMetadata>> written = write(result);
      Set<String> superseded = watch.map(w -> superseded(w, written)).orElse(Set.of());
      if (superseded.isEmpty()) {
        producer.sendOffsetsToTransaction(offsets, group);
        // Flushes, and fails if any of the sends did.
        producer.commitTransaction();
        backoffMs = FIRST_BACKOFF_MS;
        return result;
      }
      LOG.info("{} tiles were captioned by others meanwhile: {}", superseded.size(), superseded);
      producer.abortTransaction();
      left = without(left, superseded::contains);
    }
  }

  private static List<TileResult> without(List<TileResult> results, Predicate<String> tileIds) {
    return results.stream()
        .map(
            result ->
                result instanceof TileResult.Captioned captioned
                        && tileIds.test(captioned.record().getTileId())
                    ? new TileResult.Superseded()
                    : result)
        .toList();
  }

  /** Sends what a transaction writes; of corpus records says by key where they will be. */
  @SuppressWarnings("FutureReturnValueIgnored") // commitTransaction reports failed sends
  private Map<String, Future<RecordMetadata>> write(BatchResult result) {
    var traces = result.traces();
    Map<String, Future<RecordMetadata>> written = new HashMap<>();
    result
        .corpus()
        .forEach(r -> written.put(r.getTileId(), send(Topics.CORPUS, r.getTileId(), r, traces)));
    result.letters().forEach(l -> send(Topics.DEAD_LETTERS, l.getScene(), l, traces));
    result.progress().forEach(e -> send(Topics.PROGRESS_EVENTS, e.getAcquisitionId(), e, traces));
    return written;
  }

  /** The keys of which others have written a record before ours. */
  private Set<String> superseded(CorpusWatch watch, Map<String, Future<RecordMetadata>> written) {
    producer.flush();
    Map<String, Long> offsets = new HashMap<>();
    Map<TopicPartition, Long> ends = new HashMap<>();
    written.forEach(
        (key, sent) -> {
          RecordMetadata place = place(sent);
          offsets.put(key, place.offset());
          ends.merge(
              new TopicPartition(place.topic(), place.partition()), place.offset(), Math::max);
        });
    watch.readTo(ends);
    return offsets.keySet().stream()
        .filter(key -> watch.isWrittenByOthers(key, offsets.get(key)))
        .collect(Collectors.toSet());
  }

  private static RecordMetadata place(Future<RecordMetadata> sent) {
    try {
      RecordMetadata place = sent.get();
      if (!place.hasOffset()) {
        // After some retries the broker has forgotten it.
        throw new KafkaException("the broker does not say where it put a record");
      }
      return place;
    } catch (ExecutionException e) {
      throw new KafkaException("a record is not written", e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /**
   * After a failed commit: aborts the transaction, or opens a new producer where that is not
   * possible (fenced, or the commit's outcome is unknown: the new producer settles it).
   *
   * @return false if stopped before it succeeded
   */
  boolean recover(BooleanSupplier stopping) throws InterruptedException {
    backOff();
    try {
      producer.abortTransaction();
      return true;
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("the transaction cannot be aborted; opening a new producer", e);
      close(Duration.ZERO);
      return open(stopping);
    }
  }

  @Override
  public void close() {
    close(CLOSE_TIMEOUT);
  }

  private void close(Duration timeout) {
    if (producer != null) {
      producer.close(timeout);
      producer = null;
    }
  }

  private <V extends SpecificRecord> Future<RecordMetadata> send(
      Topic<V> topic, String key, V value, Map<String, TraceParent> traces) {
    TraceParent trace = traces.containsKey(key) ? traces.get(key).next() : TraceParent.begin();
    var record =
        EventHeaders.on(
            new ProducerRecord<>(topic.name(), key, wireFormat.encode(topic, value)), trace);
    if (topic == Topics.CORPUS) {
      source.watch().ifPresent(w -> record.headers().add(CorpusWatch.HEADER, w.mark()));
    }
    return producer.send(record);
  }

  private void backOff() throws InterruptedException {
    Thread.sleep(backoffMs);
    backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
  }
}
