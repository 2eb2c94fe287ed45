package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.access.assets.S3Settings;
import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.stream.tiling.TilingSettings;
import dev.sarscribe.stream.tiling.TilingStage;
import dev.sarscribe.testing.FileHost;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real broker, and acquisitions whose pixels are on a server that is slow. */
@Timeout(180)
class RemoteAssetsTest {
  private static final int TILES_OF_EACH = 4;

  @TempDir private Path folder;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);
  private LoopbackServer server;
  private byte[] file;

  @BeforeEach
  void start() throws IOException {
    Path raster = folder.resolve("vv.tif");
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(raster, 512, 512).sampleType(SampleType.UINT16).open()) {
      short[] pixels = new short[512 * 512];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (short) (50 + i * 31L % 700);
      }
      writer.writeRows(pixels);
    }
    file = Files.readAllBytes(raster);
    server = LoopbackServer.serving(this::serve);
  }

  @AfterEach
  void stop() {
    gate.countDown();
    server.close();
  }

  private void serve(HttpExchange x) throws IOException {
    try {
      asked.countDown();
      gate.await(60, TimeUnit.SECONDS);
      new FileHost(file).handle(x, 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void anAcquisitionThatWaitsSurvivesAMoveToAnotherInstanceAndIsCutOnce() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0)) {
      KafkaConnection kafka =
          new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      TopicAdmin.ensure(kafka, Optional.empty());
      offer(kafka, "SLOW");
      try (TilingStage first = stage(kafka, "first")) {
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        TimeUnit.SECONDS.sleep(2); // more than a commit interval: its offset is committed
        assertThat(first.failure()).isEmpty();
      }
      gate.countDown();
      try (TilingStage second = stage(kafka, "second")) {
        offer(kafka, "LATER");
        List<String> tiles = tiles(kafka, 2 * TILES_OF_EACH);
        assertThat(tiles)
            .hasSize(2 * TILES_OF_EACH)
            .doesNotHaveDuplicates()
            .contains("SLOW/VV/0_0", "LATER/VV/256_256");
        assertThat(second.failure()).isEmpty();
      }
    }
  }

  private TilingStage stage(KafkaConnection kafka, String instance) {
    var settings =
        new TilingSettings(
            kafka,
            "tiling",
            instance,
            folder.resolve("state-" + instance),
            1,
            256,
            64,
            0.5,
            "sarlang/1");
    var assets =
        new AssetSettings(
            AccessPolicy.DEFAULT.withPrivateNetworks(true),
            Credentials.NONE,
            S3Settings.DEFAULT,
            folder.resolve("cache"),
            1L << 30);
    return TilingStage.start(settings, assets.open());
  }

  private void offer(KafkaConnection kafka, String id) throws Exception {
    try (WireFormat wire = kafka.wireFormat()) { // which makes Avro trust our classes
      offer(kafka, id, wire);
    }
  }

  private void offer(KafkaConnection kafka, String id, WireFormat wire) throws Exception {
    String uri = server.uri("/" + id + "/vv.tif").toString();
    Acquisition acquisition =
        Acquisition.newBuilder()
            .setSource(AcquisitionSource.newBuilder().setAcquisitionId(id).setProductId(id).build())
            .setPolarizations(List.of("VV"))
            .setAssets(
                List.of(
                    Asset.newBuilder()
                        .setName("vv")
                        .setUri(uri)
                        .setRoles(List.of("data"))
                        .setSizeBytes((long) file.length)
                        .build()))
            .setFeed("test")
            .setPublishedAt(Instant.EPOCH)
            .build();
    try (var producer =
        new KafkaProducer<String, byte[]>(kafka.producerSettings(Optional.empty()))) {
      producer
          .send(
              new ProducerRecord<>(
                  Topics.ACQUISITIONS.name(), id, wire.encode(Topics.ACQUISITIONS, acquisition)))
          .get(30, TimeUnit.SECONDS);
    }
  }

  /** The keys of committed tiles, once there are so many and no more for a while. */
  private static List<String> tiles(KafkaConnection kafka, int count) {
    List<TopicPartition> partitions = BrokerState.partitions(Topics.TILES);
    List<String> keys = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
      boolean quiet = false;
      while (System.nanoTime() < end && !(keys.size() >= count && quiet)) {
        var records = consumer.poll(Duration.ofSeconds(3));
        records.forEach(r -> keys.add(r.key()));
        quiet = records.isEmpty();
      }
    }
    return keys;
  }
}
