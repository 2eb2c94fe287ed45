package dev.sarscribe.app.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.producer.DirectoryFeed;
import dev.sarscribe.producer.FeedRunner;
import dev.sarscribe.producer.PathFilter;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker and the directory feed together: what a restart keeps and publishes. */
class EmbeddedBrokerTest {
  @TempDir private Path folder;

  @Test
  void aRestartKeepsTopicsAndPublishesNothingTwice() throws Exception {
    Path incoming = Files.createDirectories(folder.resolve("incoming/2026"));
    raster(incoming.resolve("a.tif"));
    Files.writeString(incoming.resolve("broken.tif"), "this is no TIFF");
    Files.writeString(incoming.resolve("half.tif.part"), "not yet");
    Files.writeString(incoming.resolve("notes.txt"), "about the scenes");

    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      KafkaConnection kafka = connection(broker);
      assertThat(TopicAdmin.ensure(kafka, Optional.empty())).isEmpty();
      assertThat(publications(kafka))
          .hasSize(2)
          .contains(incoming.resolve("broken.tif").toString());
    }

    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      KafkaConnection kafka = connection(broker);
      assertThat(TopicAdmin.ensure(kafka, Optional.empty())).isEmpty();
      assertThat(publications(kafka)).isEmpty();
      assertThat(read(kafka, Topics.ACQUISITIONS))
          .singleElement()
          .satisfies(a -> assertThat(uri(a)).startsWith("file:").endsWith("incoming/2026/a.tif"));
      assertThat(read(kafka, Topics.DEAD_LETTERS))
          .extracting(DeadLetter::getScene)
          .containsExactly(incoming.resolve("broken.tif").toString());
      assertThat(read(kafka, Topics.PROGRESS_EVENTS))
          .extracting(ProgressEvent::getAcquisitionId)
          .containsExactly(incoming.resolve("broken.tif").toString());

      raster(incoming.resolve("broken.tif"));
      assertThat(publications(kafka)).hasSize(1);
    }
  }

  @Test
  void aFolderWhoseFirstStartWasCutOffIsStartedAsIfNew() throws Exception {
    EmbeddedBroker.format(folder.resolve("kafka"));

    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      assertThat(TopicAdmin.ensure(connection(broker), Optional.empty())).isEmpty();
    }
  }

  /**
   * Scans until nothing is pending, as a feed does after a start; returns what this run offered.
   */
  private Set<String> publications(KafkaConnection kafka) throws Exception {
    Path directory = folder.resolve("incoming");
    DirectoryFeed feed =
        new DirectoryFeed(
            new DirectoryFeed.Settings(directory, Duration.ofMillis(100), PathFilter.ALL));
    try (FeedRunner runner =
        new FeedRunner(feed, kafka, FeedRunner.Settings.every(Duration.ofMillis(50)))) {
      runner.start();
      while (!feed.hasScanned() || feed.pendingItems() > 0) {
        assertThat(runner.failure()).isEmpty();
        Thread.sleep(50);
      }
      assertThat(feed.acquisitionIds()).hasSize(2);
      assertThat(feed.ignoredFiles())
          .extracting(f -> f.getFileName().toString())
          .containsExactly("notes.txt");
      return feed.acquisitionIds().stream()
          .filter(id -> feed.offeredAt(id).isPresent())
          .collect(Collectors.toSet());
    }
  }

  private static <V extends SpecificRecord> List<V> read(KafkaConnection kafka, Topic<V> topic) {
    List<V> records = new ArrayList<>();
    try (var reader = new TopicReader<>(kafka, topic, TopicReader.Start.BEGINNING)) {
      reader.drain(records::add);
    }
    return records;
  }

  private static String uri(Acquisition acquisition) {
    return acquisition.getAssets().get(0).getUri();
  }

  private static KafkaConnection connection(EmbeddedBroker broker) {
    return new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
  }

  private static void raster(Path file) throws Exception {
    Files.deleteIfExists(file);
    try (GeoTiffWriter out =
        GeoTiffWriter.builder(file, 32, 16).sampleType(SampleType.UINT16).open()) {
      short[] rows = new short[32 * 16];
      Arrays.fill(rows, (short) 100);
      out.writeRows(rows);
    }
  }
}
