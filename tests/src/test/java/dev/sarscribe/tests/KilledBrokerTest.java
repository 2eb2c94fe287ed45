package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledBrokerTest {
  private static final int KILLS = 4;
  private static final int STOPS = 4;

  @TempDir Path folder;

  @Test
  void aTransactionThatAKillInterruptedIsInEveryPartitionOrInNone() throws Exception {
    for (int i = 0; i < KILLS; i++) {
      Process load = startLoad(folder.resolve("load-" + i + ".out"));
      try {
        TimeUnit.MILLISECONDS.sleep(137L * i);
      } finally {
        load.destroyForcibly().waitFor();
      }
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
        .containsKeys(acknowledged());
    assertThat(copies.values()).containsOnly(Topics.TILES.partitions());
  }

  @Test
  void aTransactionThatAStopInterruptsIsEndedInEveryPartition() throws Exception {
    for (int i = 0; i < STOPS; i++) {
      Process load = startLoad(folder.resolve("load-" + i + ".out"));
      try {
        TimeUnit.MILLISECONDS.sleep(137L * i);
        load.destroy();
        assertThat(load.waitFor(1, TimeUnit.MINUTES)).isTrue();
      } finally {
        load.destroyForcibly().waitFor();
      }

      try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
        KafkaConnection kafka = Corpus.connection(broker.bootstrapServers());
        for (int p = 0; p < TransactionLoad.PRODUCERS; p++) {
          // Ends what was open; another commit would also end what was left hanging.
          TransactionLoad.producer(kafka, p).close();
        }
        assertThat(ends(kafka, "read_committed"))
            .as("what readers of committed records see after stop %d", i)
            .isEqualTo(ends(kafka, "read_uncommitted"));
        assertThat(committedCopies(kafka))
            .containsKeys(acknowledged())
            .allSatisfy((name, n) -> assertThat(n).isEqualTo(Topics.TILES.partitions()));
      }
    }
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

  /** The names of all transactions so far whose commit has returned. */
  private String[] acknowledged() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> outputs = files.filter(f -> f.toString().endsWith(".out")).toList();
      var names = new ArrayList<String>();
      for (Path output : outputs) {
        Files.readString(output)
            .lines()
            .filter(line -> line.startsWith(TransactionLoad.ACKNOWLEDGED))
            .forEach(line -> names.add(line.substring(TransactionLoad.ACKNOWLEDGED.length())));
      }
      return names.toArray(String[]::new);
    }
  }

  /** How many partitions hold a transaction's record, by its name. */
  private static Map<String, Integer> committedCopies(KafkaConnection kafka) {
    Map<String, Integer> copies = new HashMap<>();
    List<TopicPartition> partitions = partitions();
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

  private static Map<TopicPartition, Long> ends(KafkaConnection kafka, String isolation) {
    Map<String, Object> settings = kafka.consumerSettings(Optional.empty());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    try (var consumer = new KafkaConsumer<String, byte[]>(settings)) {
      return consumer.endOffsets(partitions());
    }
  }

  private static List<TopicPartition> partitions() {
    return IntStream.range(0, Topics.TILES.partitions())
        .mapToObj(p -> new TopicPartition(Topics.TILES.name(), p))
        .toList();
  }
}
