package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * One partition of tiles behind Kafka's mocks, which share what a broker would keep: a consumer
 * that rewinds reads the records again, and only a committed transaction moves its offsets.
 */
final class FakeBroker implements Clients {
  static final TopicPartition PARTITION = new TopicPartition(Topics.TILES.name(), 0);

  final TestConsumer consumer = new TestConsumer();
  final List<TestProducer> producers = new CopyOnWriteArrayList<>();
  final Map<TopicPartition, OffsetAndMetadata> committed = new ConcurrentHashMap<>();
  final List<RuntimeException> commitFailures = new CopyOnWriteArrayList<>();
  private final List<ConsumerRecord<String, byte[]>> log;

  FakeBroker(List<ConsumerRecord<String, byte[]>> log) {
    this.log = List.copyOf(log);
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    consumer.schedulePollTask(
        () -> {
          consumer.rebalance(List.of(PARTITION));
          consumer.seekToBeginning(List.of(PARTITION));
        });
  }

  @Override
  public Consumer<String, byte[]> consumer() {
    return consumer;
  }

  @Override
  public Producer<String, byte[]> producer() {
    var producer = new TestProducer();
    producers.add(producer);
    return producer;
  }

  /** Keys of a topic in committed transactions, in order. */
  List<String> committedKeys(String topic) {
    List<String> keys = new ArrayList<>();
    for (TestProducer producer : producers) {
      for (ProducerRecord<String, byte[]> record : producer.history()) {
        if (record.topic().equals(topic)) {
          keys.add(record.key());
        }
      }
    }
    return keys;
  }

  long committedOffset() {
    OffsetAndMetadata offset = committed.get(PARTITION);
    return offset == null ? 0 : offset.offset();
  }

  final class TestConsumer extends MockConsumer<String, byte[]> {
    TestConsumer() {
      super(AutoOffsetResetStrategy.EARLIEST.name());
    }

    @Override
    public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
        Set<TopicPartition> partitions) {
      return new HashMap<>(committed);
    }

    @Override
    public void seek(TopicPartition partition, OffsetAndMetadata offset) {
      super.seek(partition, offset);
      replay(offset.offset());
    }

    @Override
    public synchronized void seekToBeginning(Collection<TopicPartition> partitions) {
      super.seekToBeginning(partitions);
      replay(0);
    }

    private void replay(long from) {
      log.stream().filter(r -> r.offset() >= from).forEach(this::addRecord);
    }
  }

  final class TestProducer extends MockProducer<String, byte[]> {
    TestProducer() {
      super(true, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public void commitTransaction() {
      if (!commitFailures.isEmpty()) {
        throw commitFailures.remove(0);
      }
      var offsets = uncommittedOffsets().values();
      super.commitTransaction();
      offsets.forEach(committed::putAll);
    }
  }
}
