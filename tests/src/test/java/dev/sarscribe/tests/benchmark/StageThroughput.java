package dev.sarscribe.tests.benchmark;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileGeometry;
import dev.sarscribe.stream.caption.CaptionSettings;
import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.caption.CaptionStats;
import dev.sarscribe.stream.caption.MinConfidence;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * How busy the caption stage keeps its engine: the real stage between a real broker's topics, all
 * in this process, around a step that takes a fixed time and no core, as a GPU does. Decoding,
 * encoding images, records and transactions are the real ones.
 *
 * <p>Arguments: folder of the broker (new), tiles, edge in pixels, tiles per batch, milliseconds
 * per batch. Prints the share of the wall time between the first and the last batch that the step
 * ran, what steps one after the other would have reached, and sums that show that nothing was lost
 * or doubled.
 */
public final class StageThroughput {
  private StageThroughput() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 5) {
      System.err.println("usage: StageThroughput FOLDER TILES EDGE BATCH MILLIS");
      System.exit(2);
    }
    int tiles = Integer.parseInt(args[1]);
    int edge = Integer.parseInt(args[2]);
    int batch = Integer.parseInt(args[3]);
    var step = new Step(Duration.ofMillis(Long.parseLong(args[4])));
    try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), 0)) {
      var kafka = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      TopicAdmin.ensure(kafka, Optional.empty());
      publish(kafka, tiles, edge);
      CaptionStats.Snapshot stats = caption(kafka, tiles, batch, step);
      print(tiles, edge, batch, step, stats);
      count(kafka, tiles);
    }
    // The broker leaves threads behind that would hold the process.
    System.exit(0);
  }

  private static CaptionStats.Snapshot caption(
      KafkaConnection kafka, int tiles, int batch, Step step) throws Exception {
    var settings =
        new CaptionSettings(
            kafka, "benchmark", "one", 1, batch, Duration.ofMillis(200), new MinConfidence(0, 0));
    var prompts = new PromptSet("captions", "1", true, List.of());
    try (CaptionStage stage = CaptionStage.start(settings, () -> step, prompts, "benchmark")) {
      while (stage.stats().snapshot().captioned() < tiles) {
        Thread.sleep(10);
      }
      return stage.stats().snapshot();
    }
  }

  private static void print(
      int tiles, int edge, int batch, Step step, CaptionStats.Snapshot stats) {
    double batches = stats.batches();
    double infer = stats.times().infer().toNanos() / 1e6 / batches;
    double decode = stats.times().decode().toNanos() / 1e6 / batches;
    double record = stats.times().record().toNanos() / 1e6 / batches;
    double commit = stats.times().commit().toNanos() / 1e6 / batches;
    double wall = (step.lastEnd - step.firstStart) / 1e6;
    System.out.printf(
        Locale.ROOT,
        "%d tiles of %d x %d, batches of %d (%.0f %% full): step busy %.1f %%, %.1f tiles/s%n"
            + "  per batch: %.1f ms step, %.1f ms decode, %.1f ms record, %.1f ms commit;"
            + " %.2f batches per transaction, %d aborted; one after the other: %.0f %%%n",
        tiles,
        edge,
        edge,
        batch,
        100 * stats.batchFill(),
        100 * stats.times().infer().toNanos() / 1e6 / wall,
        1000 * tiles / wall,
        infer,
        decode,
        record,
        commit,
        batches / stats.transactions(),
        stats.aborted(),
        100 * infer / (infer + decode + record + commit));
  }

  private static void count(KafkaConnection kafka, int tiles) {
    Set<String> keys = new HashSet<>();
    int records = 0;
    try (var consumer =
        new KafkaConsumer<String, byte[]>(kafka.consumerSettings(Optional.empty()))) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.CORPUS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (var record : consumer.poll(Duration.ofMillis(300))) {
          records++;
          keys.add(record.key());
        }
      }
    }
    System.out.printf("  corpus: %d records, %d keys of %d tiles%n", records, keys.size(), tiles);
  }

  /** Speckle: exponentially distributed intensity, as amplitude. */
  private static void publish(KafkaConnection kafka, int tiles, int edge) {
    var random = new Random(1);
    byte[] pixels = new byte[edge * edge];
    for (int i = 0; i < pixels.length; i++) {
      double amplitude = 60 * Math.sqrt(-Math.log(1 - random.nextDouble()));
      pixels[i] = (byte) Math.min(255, 1 + amplitude);
    }
    try (WireFormat wire = kafka.wireFormat();
        var producer =
            new KafkaProducer<String, byte[]>(kafka.producerSettings(Optional.empty()))) {
      for (int i = 0; i < tiles; i++) {
        Tile tile = tile(i, edge, pixels);
        byte[] value = wire.encode(Topics.TILES, tile);
        var unused =
            producer.send(new ProducerRecord<>(Topics.TILES.name(), tile.getTileId(), value));
      }
      producer.flush();
    }
  }

  private static Tile tile(int index, int edge, byte[] pixels) {
    return Tile.newBuilder()
        .setTileId("benchmark/VV/" + index + "_0")
        .setTileIndex(index)
        .setSource(
            AcquisitionSource.newBuilder()
                .setAcquisitionId("benchmark")
                .setProductId("benchmark")
                .build())
        .setPolarization("VV")
        .setGeometry(
            TileGeometry.newBuilder().setX(index).setY(0).setWidth(edge).setHeight(edge).build())
        .setPixels(ByteBuffer.wrap(pixels))
        .setValidFraction(1)
        .setRecipe("none/1")
        .setRecipeParameters("none")
        .build();
  }

  /** Stands for an engine on a device: every batch takes the same time. */
  private static final class Step implements Captioner {
    private final Duration time;
    private volatile long firstStart;
    private volatile long lastEnd;

    Step(Duration time) {
      this.time = time;
    }

    @Override
    public ModelInfo model() {
      return new ModelInfo("step", "1", "sha256:0", "step", "none", "none");
    }

    @Override
    public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) {
      long start = System.nanoTime();
      firstStart = firstStart == 0 ? start : firstStart;
      try {
        Thread.sleep(time.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      var text = Optional.of(new Text("A tile of the benchmark.", 1));
      List<Outcome> outcomes =
          tiles.stream()
              .<Outcome>map(t -> new Outcome.Described(text, text, List.of(), List.of()))
              .toList();
      lastEnd = System.nanoTime();
      return outcomes;
    }

    @Override
    public void close() {}
  }
}
