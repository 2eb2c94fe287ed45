package dev.sarscribe.app.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.producer.DirectoryFeed;
import dev.sarscribe.producer.Publication;
import dev.sarscribe.producer.Publisher;
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
          .satisfiesExactly(
              a -> assertThat(a).isInstanceOf(Publication.Published.class),
              b -> {
                assertThat(b).isInstanceOf(Publication.Refused.class);
                assertThat(b.acquisitionId()).isEqualTo(incoming.resolve("broken.tif").toString());
              });
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

  /** Scans until nothing is pending, as a feed does after a start. */
  private List<Publication> publications(KafkaConnection kafka) throws Exception {
    Path directory = folder.resolve("incoming");
    var settings =
        new DirectoryFeed.Settings(directory, Duration.ofMillis(50), Duration.ofMillis(100));
    List<Publication> publications = new ArrayList<>();
    try (Publisher publisher = Publisher.ofFeed(kafka, DirectoryFeed.nameOf(directory));
        DirectoryFeed feed = new DirectoryFeed(settings, publisher)) {
      DirectoryFeed.ScanResult result;
      do {
        result = feed.scanOnce();
        publications.addAll(result.publications());
        Thread.sleep(settings.pollInterval().toMillis());
      } while (result.pending() > 0);
      assertThat(feed.acquisitionIds()).hasSize(2);
      assertThat(feed.ignoredFiles())
          .extracting(f -> f.getFileName().toString())
          .containsExactly("notes.txt");
    }
    return publications;
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
