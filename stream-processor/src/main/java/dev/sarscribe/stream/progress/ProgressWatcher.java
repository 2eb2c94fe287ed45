package dev.sarscribe.stream.progress;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows sar.progress.v1 from its beginning, outside any consumer group. Not thread-safe. The
 * topic must exist when the watcher opens.
 */
public final class ProgressWatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProgressWatcher.class);

  private final Consumer<String, byte[]> consumer;
  private final WireFormat wireFormat;
  private final Map<String, AcquisitionProgress> latest = new TreeMap<>();

  ProgressWatcher(Consumer<String, byte[]> consumer, WireFormat wireFormat) {
    this.consumer = consumer;
    this.wireFormat = wireFormat;
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.PROGRESS.name()).stream()
            .map(p -> new TopicPartition(p.topic(), p.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /**
   * Connects and positions at the beginning; {@link #poll} reads.
   *
   * @throws org.apache.kafka.common.KafkaException if the broker does not answer
   */
  public static ProgressWatcher open(KafkaConnection kafka) {
    return new ProgressWatcher(
        new KafkaConsumer<>(kafka.consumerSettings(Optional.empty())), kafka.wireFormat());
  }

  /**
   * Takes in what is new, waiting up to the timeout if nothing is.
   *
   * @return acquisitions that changed, by id; empty if none did
   */
  public Map<String, AcquisitionProgress> poll(Duration timeout) {
    Map<String, AcquisitionProgress> changed = new TreeMap<>();
    for (ConsumerRecord<String, byte[]> record : consumer.poll(timeout)) {
      if (record.value() == null) {
        latest.remove(record.key());
        continue;
      }
      try {
        AcquisitionProgress progress = wireFormat.decode(Topics.PROGRESS, record.value());
        changed.put(progress.getAcquisitionId(), progress);
      } catch (MalformedRecordException e) {
        LOG.warn("{}: skipped: {}", record.key(), e.getMessage());
      }
    }
    latest.putAll(changed);
    return changed;
  }

  /** The latest progress of every acquisition seen, by id: an unmodifiable view. */
  public Map<String, AcquisitionProgress> latest() {
    return Collections.unmodifiableMap(latest);
  }

  @Override
  public void close() {
    consumer.close();
    wireFormat.close();
  }
}
