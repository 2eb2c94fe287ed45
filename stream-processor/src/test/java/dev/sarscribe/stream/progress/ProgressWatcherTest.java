package dev.sarscribe.stream.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ProgressWatcherTest {
  private static final String TOPIC = Topics.PROGRESS.name();

  @Test
  void keepsTheLatestProgressOfEveryAcquisitionAndSkipsJunk() {
    WireFormat wire = WireFormat.of(Optional.empty());
    var consumer = new MockConsumer<String, byte[]>(AutoOffsetResetStrategy.EARLIEST.name());
    var partition = new TopicPartition(TOPIC, 0);
    consumer.updatePartitions(TOPIC, List.of(new PartitionInfo(TOPIC, 0, null, null, null)));
    consumer.updateBeginningOffsets(Map.of(partition, 0L));
    try (var watcher = new ProgressWatcher(consumer, wire)) {
      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 0, "a", planned(wire, "a", 1)));
      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 1, "b", planned(wire, "b", 2)));
      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 2, "b", new byte[] {1}));
      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 3, "a", planned(wire, "a", 3)));

      assertThat(watcher.poll(Duration.ZERO)).containsOnlyKeys("a", "b");
      assertThat(watcher.latest().get("a").getPlanned()).isEqualTo(3);
      assertThat(watcher.latest().get("b").getPlanned()).isEqualTo(2);

      consumer.addRecord(new ConsumerRecord<>(TOPIC, 0, 4, "b", null));

      assertThat(watcher.poll(Duration.ZERO)).isEmpty();
      assertThat(watcher.latest()).containsOnlyKeys("a");
    }
  }

  private static byte[] planned(WireFormat wire, String id, int tiles) {
    var ledger = Ledgers.enter(null, ProgressEvents.planned(id, tiles));
    return wire.encode(Topics.PROGRESS, ledger.getProgress());
  }
}
