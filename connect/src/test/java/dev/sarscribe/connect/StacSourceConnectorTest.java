package dev.sarscribe.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a real worker, against a real broker. */
@Timeout(240)
class StacSourceConnectorTest {
  private static final String NAME = "stac";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir private Path folder;
  private final Instant hourAgo =
      Instant.now().minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);

  private static Map<String, String> config(CatalogueServer server) {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", StacSourceConnector.class.getName());
    config.put("tasks.max", "1");
    config.put("stac.url", server.root().toString());
    config.put("stac.page.limit", "20");
    config.put("poll.interval.ms", "300");
    config.put("http.allow.private.networks", "true");
    return config;
  }

  private void add(CatalogueServer server, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      server.add("CAPELLA_%04d".formatted(i), "GEO", hourAgo.plusSeconds(i));
    }
  }

  @Test
  void itemsArriveOnceThoughTheWorkerIsStoppedAndStarted() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        CatalogueServer server = new CatalogueServer()) {
      KafkaConnection kafka =
          new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      assertThat(TopicAdmin.ensure(kafka, Optional.empty())).isEmpty();
      add(server, 0, 500);
      server.add("CAPELLA_SLC", "SLC", hourAgo.plusSeconds(10));
      server.holdAfter(5);

      try (Worker worker = Worker.start(broker.bootstrapServers())) {
        assertThat(worker.put(NAME, config(server))).isEqualTo(201);
        await(() -> server.pages() > 5);
      }
      int before = ids(kafka).size();
      server.release();
      add(server, 500, 530);

      try (Worker worker = Worker.start(broker.bootstrapServers())) {
        await(() -> ids(kafka).size() >= 530 && worker.taskState(NAME).equals("RUNNING"));
        add(server, 530, 540);
        await(() -> ids(kafka).size() >= 540);
        // Two more polls of all that lies in the overlap, which publish nothing.
        int pages = server.pages() + 60;
        await(() -> server.pages() > pages);
      }
      assertThat(before).isBetween(80, 100);
      assertThat(ids(kafka)).hasSize(540).doesNotHaveDuplicates();
      assertThat(read(kafka, Topics.DEAD_LETTERS))
          .singleElement()
          .satisfies(letter -> assertThat(letter.getReason()).isEqualTo("UNSUPPORTED_PRODUCT"))
          .extracting(DeadLetter::getScene)
          .isEqualTo("sar/CAPELLA_SLC");
      assertThat(read(kafka, Topics.PROGRESS_EVENTS)).hasSize(1);
      assertThat(read(kafka, Topics.ACQUISITIONS))
          .allMatch(a -> a.getFeed().equals(NAME) && a.getPolarizations().contains("HH"));
      List<FeedStatus> statuses = read(kafka, Topics.FEEDS);
      assertThat(statuses.get(statuses.size() - 1).getCursor()).isAfter(hourAgo);
    }
  }

  @Test
  void settingsAreCheckedBeforeAnythingRunsAndATroubleThatLastsFailsTheTask() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        CatalogueServer server = new CatalogueServer();
        Worker worker = Worker.start(broker.bootstrapServers())) {
      Map<String, String> config = config(server);
      config.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
      config.put("stac.from", "yesterday");
      String answer = worker.validate(config);
      assertThat(answer).contains("is not a time such as 2026-01-31T00:00:00Z");

      config.remove("stac.from");
      assertThat(worker.validate(config))
          .contains("this connector writes with", "ByteArrayConverter");
      assertThat(worker.put(NAME, config)).isEqualTo(400);

      config.remove("value.converter");
      config.remove("http.allow.private.networks");
      assertThat(worker.put(NAME, config)).isEqualTo(201);
      await(() -> worker.taskState(NAME).equals("FAILED"));
      assertThat(worker.status(NAME).toString())
          .contains("127.0.0.1 is loopback, which may not be reached");
    }
  }

  private static List<String> ids(KafkaConnection kafka) {
    return read(kafka, Topics.ACQUISITIONS).stream()
        .map(Acquisition::getSource)
        .map(source -> source.getAcquisitionId())
        .toList();
  }

  private static <V extends SpecificRecord> List<V> read(KafkaConnection kafka, Topic<V> topic) {
    List<V> records = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, topic, TopicReader.Start.BEGINNING)) {
      reader.drain(records::add);
    }
    return records;
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited for " + PATIENCE).isLessThan(end);
      Thread.sleep(100);
    }
  }
}
