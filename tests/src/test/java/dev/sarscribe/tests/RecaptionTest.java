package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileGeometry;
import dev.sarscribe.stream.caption.CaptionSettings;
import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.caption.CaptionStats;
import dev.sarscribe.stream.caption.MinConfidence;
import dev.sarscribe.stream.caption.Recaption;
import dev.sarscribe.stream.caption.RecaptionFilter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recaptions against a real broker: which records are replaced, and that each is so once. */
@Timeout(120)
class RecaptionTest {
  private static final int TILES = 24;
  private static final int EDGE = 16;
  private static final PromptSet PROMPTS = new PromptSet("captions", "1", true, List.of());

  @TempDir Path folder;

  private EmbeddedBroker broker;
  private KafkaConnection kafka;

  @BeforeEach
  void aCorpusByTheFirstModel() throws Exception {
    broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
    kafka = Corpus.connection(broker.bootstrapServers());
    TopicAdmin.ensure(kafka, Optional.empty());
    publishTiles();
    try (CaptionStage stage =
        CaptionStage.start(settings("feed"), () -> new Model("0.9.1"), PROMPTS, "1.0")) {
      while (stage.stats().snapshot().captioned() < TILES) {
        Thread.sleep(20);
      }
    }
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  @Test
  void keptTilesAreReplacedByKeyOnceAndThenSkippedUnlessForced() throws Exception {
    CaptionStats.Snapshot first = recaption("0.10", Recaption.From.TILES, RecaptionFilter.ALL);
    assertThat(first.captioned()).isEqualTo(TILES);
    assertThat(corpus()).hasSize(2 * TILES);
    assertThat(byKey()).hasSize(TILES).allSatisfy((key, r) -> assertBy(r, "0.10"));
    // One fact per tile and captioning, which the ledger counts once.
    assertThat(toldTiles()).isEqualTo(2 * TILES);

    CaptionStats.Snapshot again = recaption("0.10", Recaption.From.TILES, RecaptionFilter.ALL);
    assertThat(again.captioned()).isZero();
    assertThat(again.skipped()).isEqualTo(TILES);

    var forced = new Recaption.Task(Recaption.From.TILES, RecaptionFilter.ALL, true);
    assertThat(run(new Model("0.10"), forced).captioned()).isEqualTo(TILES);
    assertThat(corpus()).hasSize(3 * TILES);
  }

  @Test
  void theCorpusItselfHasThePixelsAndTellsNothingToProgress() throws Exception {
    Map<String, CorpusRecord> before = byKey();

    CaptionStats.Snapshot stats = recaption("0.10", Recaption.From.CORPUS, RecaptionFilter.ALL);

    assertThat(stats.captioned()).isEqualTo(TILES);
    assertThat(corpus()).hasSize(2 * TILES);
    assertThat(toldTiles()).isEqualTo(TILES);
    assertThat(byKey())
        .hasSize(TILES)
        .allSatisfy(
            (key, record) -> {
              assertBy(record, "0.10");
              assertThat(record.getImage()).isEqualTo(before.get(key).getImage());
              assertThat(record.getGeometry()).isEqualTo(before.get(key).getGeometry());
              assertThat(record.getProvenance().getRecipe()).isEqualTo("rounding/1");
            });
    // The older record of each tile is still there: only the newest one is done.
    assertThat(recaption("0.11", Recaption.From.CORPUS, RecaptionFilter.ALL).captioned())
        .isEqualTo(TILES);
  }

  @Test
  void filtersSelectByAcquisitionVersionAndConfidence() throws Exception {
    Optional<String> none = Optional.empty();
    var oneAcquisition = new RecaptionFilter(Optional.of("acq-1"), none, none, false);
    var older = new RecaptionFilter(none, Optional.of("0.10"), none, false);
    var notOlder = new RecaptionFilter(none, Optional.of("0.9.1"), none, false);
    var other = new RecaptionFilter(none, none, Optional.of("0.9.1"), false);
    var uncertain = new RecaptionFilter(none, none, none, true);

    assertThat(recaption("1.0", Recaption.From.TILES, oneAcquisition).captioned())
        .isEqualTo(TILES / 3);
    assertThat(recaption("1.1", Recaption.From.CORPUS, notOlder).captioned()).isZero();
    assertThat(recaption("1.2", Recaption.From.CORPUS, other).captioned()).isEqualTo(TILES / 3);
    assertThat(recaption("1.3", Recaption.From.TILES, older).captioned())
        .isEqualTo(TILES - TILES / 3);
    assertThat(recaption("1.4", Recaption.From.TILES, uncertain).captioned()).isEqualTo(TILES / 2);
  }

  @Test
  void anInterruptedRecaptionGoesOnWhereItWasExactlyOnce() throws Exception {
    var task = new Recaption.Task(Recaption.From.CORPUS, RecaptionFilter.ALL, true);
    var slow = new Model("0.10");
    slow.batches.drainPermits();
    slow.batches.release(1);
    Recaption interrupted = start(slow, task);
    while (interrupted.stats().snapshot().captioned() == 0) {
      Thread.sleep(20);
    }
    var closing = new Thread(interrupted::close);
    closing.start();
    while (closing.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    slow.batches.release(1);
    closing.join();
    int done = corpus().size() - TILES;
    assertThat(done).isBetween(1, 8);

    assertThat(run(new Model("0.10"), task).captioned()).isEqualTo(TILES - done);
    assertThat(corpus()).hasSize(2 * TILES);
    assertThat(byKey()).allSatisfy((key, r) -> assertBy(r, "0.10"));
  }

  private CaptionStats.Snapshot recaption(
      String version, Recaption.From from, RecaptionFilter filter) throws Exception {
    return run(new Model(version), new Recaption.Task(from, filter, false));
  }

  private CaptionStats.Snapshot run(Model model, Recaption.Task task) throws Exception {
    Recaption recaption = start(model, task);
    try (recaption) {
      while (!recaption.isDone()) {
        assertThat(recaption.failure()).isEmpty();
        Thread.sleep(20);
      }
      assertThat(recaption.share()).isEqualTo(1);
    }
    return recaption.stats().snapshot();
  }

  private Recaption start(Model model, Recaption.Task task) throws Exception {
    return Recaption.start(settings("recaption"), () -> model, PROMPTS, "1.0", task);
  }

  private CaptionSettings settings(String group) {
    return new CaptionSettings(
        kafka, group, "here", 1, 4, Duration.ofMillis(20), new MinConfidence(0.5, 0.5));
  }

  private List<CorpusRecord> corpus() {
    return Corpus.read(broker.bootstrapServers(), Topics.CORPUS);
  }

  private Map<String, CorpusRecord> byKey() {
    return Corpus.byKey(corpus());
  }

  private int toldTiles() {
    return Corpus.read(broker.bootstrapServers(), Topics.PROGRESS_EVENTS).stream()
        .mapToInt(e -> e.getOutcomes().size())
        .sum();
  }

  private static void assertBy(CorpusRecord record, String version) {
    assertThat(record.getProvenance().getModelVersion()).isEqualTo(version);
    assertThat(record.getConciseCaption().getText()).isEqualTo(version + " saw a tile");
  }

  private void publishTiles() throws Exception {
    var random = new Random(1);
    try (WireFormat wire = kafka.wireFormat();
        var producer =
            new KafkaProducer<String, byte[]>(kafka.producerSettings(Optional.of("t")))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < TILES; i++) {
        Tile tile = tile(i, random);
        byte[] value = wire.encode(Topics.TILES, tile);
        var unused =
            producer.send(new ProducerRecord<>(Topics.TILES.name(), tile.getTileId(), value));
      }
      producer.commitTransaction();
    }
  }

  private static Tile tile(int index, Random random) {
    byte[] pixels = new byte[EDGE * EDGE];
    random.nextBytes(pixels);
    String acquisition = "acq-" + index % 3;
    return Tile.newBuilder()
        .setTileId(acquisition + "/VV/" + index + "_0")
        .setTileIndex(index)
        .setSource(
            AcquisitionSource.newBuilder()
                .setAcquisitionId(acquisition)
                .setProductId(acquisition + ".SAFE")
                .build())
        .setPolarization("VV")
        .setGeometry(
            TileGeometry.newBuilder().setX(index).setY(0).setWidth(EDGE).setHeight(EDGE).build())
        .setPixels(ByteBuffer.wrap(pixels))
        .setValidFraction(1)
        .setRecipe("rounding/1")
        .setRecipeParameters("none")
        .build();
  }

  /** Sure of every other tile; does as many batches as it is allowed to. */
  private static final class Model implements Captioner {
    final Semaphore batches = new Semaphore(Integer.MAX_VALUE);
    private final String version;

    Model(String version) {
      this.version = version;
    }

    @Override
    public ModelInfo model() {
      return new ModelInfo("m", version, "sha256:" + version, "test", "cpu", "fp32");
    }

    @Override
    public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts) {
      batches.acquireUninterruptibly();
      return tiles.stream().map(this::outcome).toList();
    }

    private Outcome outcome(TileImage tile) {
      int index = Integer.parseInt(tile.id().replaceAll(".*/(\\d+)_0", "$1"));
      var text = Optional.of(new Text(version + " saw a tile", index % 2 == 0 ? 0.9 : 0.1));
      return new Outcome.Described(text, text, List.of(), List.of());
    }

    @Override
    public void close() {}
  }
}
