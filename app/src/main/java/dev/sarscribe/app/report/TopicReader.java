package dev.sarscribe.app.report;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic without a consumer group, so that looking leaves no trace on the broker. A record
 * that cannot be decoded is logged and skipped. Not thread-safe.
 */
public final class TopicReader<V extends SpecificRecord> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration POLL = Duration.ofMillis(300);

  private final Topic<V> topic;
  private final WireFormat wire;
  private final KafkaConsumer<String, byte[]> consumer;
  private final List<TopicPartition> partitions;
  private long malformed;

  /** Where reading begins. */
  public enum Start {
    BEGINNING,
    /** Only what comes from now on. */
    END,
    /** At most {@link #LATEST} positions of every partition, so that a look ends soon. */
    LATEST
  }

  /** Enough for a sample; some 100 MiB of tiles per partition at the most. */
  private static final long LATEST = 500;

  /** Connects and positions. */
  public TopicReader(KafkaConnection kafka, Topic<V> topic, Start start) {
    this.topic = topic;
    this.wire = kafka.wireFormat();
    this.consumer = new KafkaConsumer<>(kafka.consumerSettings(Optional.empty()));
    this.partitions =
        consumer.partitionsFor(topic.name()).stream()
            .map(p -> new TopicPartition(p.topic(), p.partition()))
            .toList();
    consumer.assign(partitions);
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    for (TopicPartition partition : partitions) {
      long position =
          switch (start) {
            case BEGINNING -> first.get(partition);
            case END -> end.get(partition);
            case LATEST -> Math.max(first.get(partition), end.get(partition) - LATEST);
          };
      consumer.seek(partition, position);
    }
  }

  /** Waits a moment for records and hands over those that came; returns how many. */
  public int poll(Consumer<V> sink) {
    int count = 0;
    for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
      Optional<V> value = decode(record);
      value.ifPresent(sink);
      count += value.isPresent() ? 1 : 0;
    }
    return count;
  }

  /** Hands over everything that is committed as of now. */
  public void drain(Consumer<V> sink) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      poll(sink);
    }
  }

  /** Records that could not be decoded so far. */
  public long malformed() {
    return malformed;
  }

  @Override
  public void close() {
    consumer.close();
    wire.close();
  }

  private Optional<V> decode(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(wire.decode(topic, record.value()));
    } catch (MalformedRecordException e) {
      malformed++;
      LOG.warn(
          "{}-{} offset {} is skipped", record.topic(), record.partition(), record.offset(), e);
      return Optional.empty();
    }
  }
}
