package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
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
  private Producer<String, byte[]> producer;
  private long backoffMs = FIRST_BACKOFF_MS;

  Transactions(Clients clients, WireFormat wireFormat) {
    this.clients = clients;
    this.wireFormat = wireFormat;
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

  /** Commits; whatever it throws, {@link #recover} must follow before the next commit. */
  void commit(
      BatchResult result,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      ConsumerGroupMetadata group) {
    producer.beginTransaction();
    var traces = result.traces();
    result.corpus().forEach(r -> send(Topics.CORPUS, r.getTileId(), r, traces));
    result.letters().forEach(l -> send(Topics.DEAD_LETTERS, l.getScene(), l, traces));
    result.progress().forEach(e -> send(Topics.PROGRESS_EVENTS, e.getAcquisitionId(), e, traces));
    producer.sendOffsetsToTransaction(offsets, group);
    // Flushes, and fails if any of the sends did.
    producer.commitTransaction();
    backoffMs = FIRST_BACKOFF_MS;
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

  @SuppressWarnings("FutureReturnValueIgnored") // commitTransaction reports failed sends
  private <V extends SpecificRecord> void send(
      Topic<V> topic, String key, V value, Map<String, TraceParent> traces) {
    TraceParent trace = traces.containsKey(key) ? traces.get(key).next() : TraceParent.begin();
    var record = new ProducerRecord<>(topic.name(), key, wireFormat.encode(topic, value));
    producer.send(EventHeaders.on(record, trace));
  }

  private void backOff() throws InterruptedException {
    Thread.sleep(backoffMs);
    backoffMs = Math.min(2 * backoffMs, MAX_BACKOFF_MS);
  }
}
