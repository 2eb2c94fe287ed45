package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledBrokerTest {
  private static final int KILLS = 4;
  private static final int STOPS = 4;

  @TempDir Path folder;

  @Test
  void aTransactionThatAKillInterruptedIsInEveryPartitionOrInNone() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; i < KILLS; i++) {
      acknowledged.addAll(load(i, Process::destroyForcibly));
    }

    Map<String, Integer> copies;
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      KafkaConnection kafka = Corpus.connection(broker.bootstrapServers());
      for (int i = 0; i < TransactionLoad.PRODUCERS; i++) {
        try (var producer = TransactionLoad.producer(kafka, i)) {
          // A commit of the same producer is what makes a transaction visible that was left
          // hanging.
          TransactionLoad.writeOnce(producer);
        }
      }
      copies = committedCopies(kafka);
    }
    assertThat(copies)
        .as("transactions committed before each kill and at the end")
        .hasSizeGreaterThanOrEqualTo((KILLS + 1) * TransactionLoad.PRODUCERS)
        .containsKeys(acknowledged.toArray(String[]::new));
    assertThat(copies.values()).containsOnly(Topics.TILES.partitions());
  }

  @Test
  void aTransactionThatAStopInterruptsIsEndedInEveryPartition() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    for (int i = 0; i < STOPS; i++) {
      acknowledged.addAll(load(i, Process::destroy));
      try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
        KafkaConnection kafka = Corpus.connection(broker.bootstrapServers());
        for (int p = 0; p < TransactionLoad.PRODUCERS; p++) {
          // Ends what was open; another commit would also end what was left hanging.
          TransactionLoad.producer(kafka, p).close();
        }
        try (Admin admin = Admin.create(kafka.adminSettings())) {
          assertThat(BrokerState.ends(admin, Topics.TILES, IsolationLevel.READ_COMMITTED))
              .as("what readers of committed records see after stop %d", i)
              .isEqualTo(BrokerState.ends(admin, Topics.TILES, IsolationLevel.READ_UNCOMMITTED));
        }
        assertThat(committedCopies(kafka))
            .containsKeys(acknowledged.toArray(String[]::new))
            .allSatisfy((name, n) -> assertThat(n).isEqualTo(Topics.TILES.partitions()));
      }
    }
  }

  /**
   * Runs the load for a while that is another one each time, and ends it.
   *
   * @return the names of the transactions whose commit has returned
   */
  private List<String> load(int number, Consumer<Process> end) throws Exception {
    Path output = folder.resolve("load-" + number + ".out");
    Process load = startLoad(output);
    try {
      TimeUnit.MILLISECONDS.sleep(137L * number);
      end.accept(load);
      assertThat(load.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      load.destroyForcibly().waitFor();
    }
    return Files.readAllLines(output).stream()
        .filter(line -> line.startsWith(TransactionLoad.ACKNOWLEDGED))
        .map(line -> line.substring(TransactionLoad.ACKNOWLEDGED.length()))
        .toList();
  }

  private Process startLoad(Path output) throws Exception {
    Path arguments = folder.resolve("arguments");
    Files.write(
        arguments,
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            TransactionLoad.class.getName(),
            folder.resolve("kafka").toString()));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + arguments)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    while (!Files.readString(output).contains("at work")) {
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return process;
  }

  /** How many partitions hold a transaction's record, by its name. */
  private static Map<String, Integer> committedCopies(KafkaConnection kafka) {
    Map<String, Integer> copies = new HashMap<>();
    List<TopicPartition> partitions = BrokerState.partitions(Topics.TILES);
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < end.get(p))) {
        consumer.poll(Duration.ofSeconds(1)).forEach(r -> copies.merge(r.key(), 1, Integer::sum));
      }
    }
    return copies;
  }
}
