package dev.sarscribe.tests.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackfillTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final int ITEMS = 10;

  @TempDir private Path folder;

  @Test
  void aBackfillWaitsForOthersKeepsFewInFlightAndGoesOnAfterAKill() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        StacServer server = new StacServer(3);
        WireFormat wire = WireFormat.of(Optional.empty())) {
      var kafka = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      TopicAdmin.ensure(kafka, Optional.empty());
      for (int i = 0; i < ITEMS; i++) {
        Instant time = BEGIN.plus(Duration.ofHours(i));
        server.put(StacServer.item(i, time, time, Instant.EPOCH));
      }
      try (var progress =
          new KafkaProducer<String, byte[]>(kafka.producerSettings(Optional.empty()))) {
        tell(progress, wire, "a-live-acquisition", ProgressState.RUNNING);
        FeedProcess process = start(broker, server);
        process.awaitOutput("feed ingest-127.0.0.1-", LIMIT);
        Thread.sleep(2000);
        assertThat(published(kafka)).as("while a live acquisition is unfinished").isEmpty();

        tell(progress, wire, "a-live-acquisition", ProgressState.DONE);
        List<String> first = awaitPublished(kafka, 2);
        Thread.sleep(1500);
        assertThat(published(kafka)).as("in flight").hasSize(2);
        process.kill();

        first.forEach(id -> tell(progress, wire, id, ProgressState.DONE));
        process = start(broker, server);
        for (int i = 2; i < ITEMS; i += 2) {
          List<String> all = awaitPublished(kafka, i + 2);
          all.forEach(id -> tell(progress, wire, id, ProgressState.DONE));
        }
        assertThat(process.await(LIMIT)).as(process.output()).isZero();
        assertThat(process.output())
            .contains("done: 10 published, 0 refused from 2026-01-01T00:00:00Z");
      }
      assertThat(published(kafka)).hasSize(ITEMS).doesNotHaveDuplicates();
    }
  }

  private FeedProcess start(EmbeddedBroker broker, StacServer server) throws Exception {
    return FeedProcess.start(
        folder,
        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
        List.of(
            "ingest",
            "--stac=" + server.root(),
            "--from=2026-01-01",
            "--to=2026-01-02T00:00:00Z",
            "--max-backlog=2",
            "--allow-private-network",
            "--bootstrap-server=" + broker.bootstrapServers()));
  }

  private static void tell(
      KafkaProducer<String, byte[]> producer, WireFormat wire, String id, ProgressState state) {
    AcquisitionProgress progress =
        AcquisitionProgress.newBuilder()
            .setAcquisitionId(id)
            .setState(state)
            .setPlanned(1)
            .setTiled(1)
            .setCaptioned(1)
            .setRejected(Map.of())
            .setDuplicates(0)
            .setStartedAt(Instant.now())
            .setUpdatedAt(Instant.now())
            .build();
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topics.PROGRESS.name(), id, wire.encode(Topics.PROGRESS, progress)));
    producer.flush();
  }

  private static List<String> awaitPublished(KafkaConnection kafka, int count) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    List<String> published = published(kafka);
    while (published.size() < count) {
      assertThat(System.nanoTime()).as("in time; %s", published).isLessThan(deadline);
      Thread.sleep(200);
      published = published(kafka);
    }
    return published;
  }

  private static List<String> published(KafkaConnection kafka) {
    List<String> ids = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, Topics.ACQUISITIONS, TopicReader.Start.BEGINNING)) {
      reader.drain(acquisition -> ids.add(acquisition.getSource().getAcquisitionId()));
    }
    return ids;
  }
}
