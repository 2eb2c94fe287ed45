package dev.sarscribe.producer;

import dev.sarscribe.schemas.KafkaConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records in transactions of one id. After a failure the writer is closed: the fate of the
 * transaction may be unknown, and opening it again settles that. Not thread-safe.
 */
final class TransactionalWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionalWriter.class);

  /** A page is some thousand small records; a crashed one must not block readers for long. */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(30);

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

  private final KafkaConnection kafka;
  private final String feed;
  private final String transactionalId;
  private Optional<Producer<String, byte[]>> producer = Optional.empty();

  TransactionalWriter(KafkaConnection kafka, String feed, String transactionalId) {
    this.kafka = kafka;
    this.feed = feed;
    this.transactionalId = transactionalId;
  }

  boolean isOpen() {
    return producer.isPresent();
  }

  /** Fences any other writer of this id, and ends what it has left open. */
  void open() {
    var settings = kafka.producerSettings(Optional.of(transactionalId));
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int) TRANSACTION_TIMEOUT.toMillis());
    Producer<String, byte[]> opened = new KafkaProducer<>(settings);
    try {
      opened.initTransactions();
      producer = Optional.of(opened);
    } catch (KafkaException e) {
      closeQuietly(opened, Duration.ZERO);
      throw e;
    }
  }

  /**
   * Writes all records or none.
   *
   * @throws FencedException if another writer of this id has taken over
   * @throws KafkaException if the broker did not commit, as far as is known; the writer is closed
   */
  void commit(List<ProducerRecord<String, byte[]>> records) {
    Producer<String, byte[]> current = producer.orElseThrow();
    long began = System.nanoTime();
    try {
      current.beginTransaction();
      for (ProducerRecord<String, byte[]> record : records) {
        // A send that fails makes the commit fail.
        var unused = current.send(record);
      }
      current.commitTransaction();
    } catch (KafkaException e) {
      discard();
      // A transaction that took too long is fenced by the broker itself, for instance after the
      // machine slept.
      if (isFenced(e) && System.nanoTime() - began < TRANSACTION_TIMEOUT.toNanos()) {
        throw new FencedException(feed, e);
      }
      throw e;
    }
  }

  /** Waits a moment for what is under way. */
  @Override
  public void close() {
    close(CLOSE_LIMIT);
  }

  private void discard() {
    close(Duration.ZERO);
  }

  private void close(Duration limit) {
    Optional<Producer<String, byte[]>> current = producer;
    producer = Optional.empty();
    current.ifPresent(p -> closeQuietly(p, limit));
  }

  /** Closing complains when the thread is interrupted; the producer is gone all the same. */
  private static void closeQuietly(Producer<String, byte[]> producer, Duration limit) {
    try {
      producer.close(limit);
    } catch (KafkaException e) {
      LOG.debug("closing a producer was interrupted", e);
    }
  }

  private static boolean isFenced(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof ProducerFencedException
          || t instanceof InvalidProducerEpochException
          || t instanceof InvalidTxnStateException) {
        return true;
      }
    }
    return false;
  }
}
