package dev.sarscribe.producer;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic to its end as of now, without missing what is committed already: a reader of
 * committed records stops where any producer's transaction is open, and behind that may lie records
 * of ours. So it goes on until it has passed what uncommitted readers see.
 */
final class CommittedReader {
  private static final Logger LOG = LoggerFactory.getLogger(CommittedReader.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /** The broker ends transactions of others after at most a minute, and looks every 10 seconds. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private CommittedReader() {}

  /**
   * Hands over the records whose key is wanted, in order; tombstones as an empty value. A malformed
   * record is logged and skipped.
   *
   * @throws TimeoutException if somebody's transaction does not end
   */
  static <V extends SpecificRecord> void read(
      KafkaConnection kafka,
      Topic<V> topic,
      Predicate<String> wanted,
      BiConsumer<String, Optional<V>> sink) {
    List<TopicPartition> partitions;
    Map<TopicPartition, Long> ends;
    Map<String, Object> uncommitted = kafka.consumerSettings(Optional.empty());
    uncommitted.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    try (var consumer = new KafkaConsumer<String, byte[]>(uncommitted)) {
      partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      ends = consumer.endOffsets(partitions);
    }
    long movedAt = System.nanoTime();
    long position = -1;
    try (var consumer =
            new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()));
        WireFormat wire = kafka.wireFormat()) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        // Measured from the last record: a topic of millions takes longer than this to read.
        long reached = partitions.stream().mapToLong(consumer::position).sum();
        if (reached != position) {
          position = reached;
          movedAt = System.nanoTime();
        } else if (System.nanoTime() - movedAt > LIMIT.toNanos()) {
          throw new TimeoutException(
              "%s cannot be read on: a transaction has been open for %d s, or the broker is away"
                  .formatted(topic.name(), LIMIT.toSeconds()));
        }
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          if (record.key() != null && wanted.test(record.key())) {
            hand(wire, topic, record, sink);
          }
        }
      }
    }
  }

  private static <V extends SpecificRecord> void hand(
      WireFormat wire,
      Topic<V> topic,
      ConsumerRecord<String, byte[]> record,
      BiConsumer<String, Optional<V>> sink) {
    try {
      Optional<V> value =
          record.value() == null
              ? Optional.empty()
              : Optional.of(wire.decode(topic, record.value()));
      sink.accept(record.key(), value);
    } catch (MalformedRecordException e) {
      // Of a bookmark it costs at most a second publication, which the planner drops.
      LOG.warn("{} {} at offset {} is skipped", topic.name(), record.key(), record.offset(), e);
    }
  }
}
