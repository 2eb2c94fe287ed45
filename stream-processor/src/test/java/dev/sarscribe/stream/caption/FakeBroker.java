package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
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

  /** What sends come to, one after the other; as a real producer, told at the commit. */
  final List<RuntimeException> sendFailures = new CopyOnWriteArrayList<>();

  /** Runs at the beginning of every commit. */
  volatile Runnable beforeCommit = () -> {};

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

  /** Gives the partition back to the consumer, which goes on at the committed offset. */
  void assignAgain() {
    consumer.rebalance(List.of(PARTITION));
    consumer.seek(PARTITION, committed.get(PARTITION));
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

    /** As the real one, which forgets what it does not hold. */
    @Override
    public synchronized Set<TopicPartition> paused() {
      Set<TopicPartition> paused = new HashSet<>(super.paused());
      paused.retainAll(assignment());
      return paused;
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
    private RuntimeException failedSend;

    TestProducer() {
      super(true, null, new StringSerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
      if (!sendFailures.isEmpty()) {
        failedSend = sendFailures.remove(0);
      }
      return super.send(record);
    }

    @Override
    public void commitTransaction() {
      beforeCommit.run();
      if (failedSend != null) {
        RuntimeException failure = failedSend;
        failedSend = null;
        throw failure;
      }
      if (!commitFailures.isEmpty()) {
        throw commitFailures.remove(0);
      }
      var offsets = uncommittedOffsets().values();
      super.commitTransaction();
      offsets.forEach(committed::putAll);
    }
  }
}
