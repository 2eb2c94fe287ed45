package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.sarscribe.schemas.avro.GeneratedText;
import dev.sarscribe.schemas.avro.Provenance;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Recaptions against a real broker: which records are replaced, and that each is so once. */
@Timeout(120)
class RecaptionTest {
  private static final int TILES = 24;
  private static final int EDGE = 16;
  private static final PromptSet PROMPTS = new PromptSet("captions", "1", true, List.of());

  private static final Recaption.Scan NOT_TOLD = (records, kept, share) -> {};

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
        CaptionStage.start(settings("feed", "here"), () -> new Model("0.9.1"), PROMPTS, "1.0")) {
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
    Model slow = Model.held("0.10");
    slow.batches.release(1);
    Recaption interrupted = start(slow, task);
    awaitCaptioned(interrupted);
    closeAtWork(interrupted, slow);
    int done = corpus().size() - TILES;
    assertThat(done).isBetween(1, 8);

    assertThat(run(new Model("0.10"), task).captioned()).isEqualTo(TILES - done);
    assertThat(corpus()).hasSize(2 * TILES);
    assertThat(byKey()).allSatisfy((key, r) -> assertBy(r, "0.10"));
  }

  @ParameterizedTest
  @EnumSource
  void aSecondInstanceThatJoinsAndLeavesInTheMiddleLosesAndDoublesNothing(Recaption.From from)
      throws Exception {
    var task = new Recaption.Task(from, RecaptionFilter.ALL, false);
    Model first = Model.held("0.10");
    Model second = Model.held("0.10");
    first.batches.release(1);
    Recaption here = start("here", first, task);
    try (here) {
      awaitCaptioned(here);
      second.batches.release(1);
      Recaption there = start("there", second, task);
      // It has partitions of the other's from now on, and a batch of each is in work.
      awaitCaptioned(there);
      closeAtWork(there, second);
      long left = TILES - there.stats().snapshot().captioned();
      assertThat(here.stats().snapshot().captioned()).isLessThan(left);

      first.batches.release(TILES);
      awaitDone(here);
      assertThat(here.stats().snapshot().captioned()).isEqualTo(left);
      assertThat(here.stats().snapshot().superseded()).isZero();
      assertThat(there.stats().snapshot().superseded()).isZero();
    }
    assertThat(corpus()).hasSize(2 * TILES);
    assertThat(byKey()).hasSize(TILES).allSatisfy((key, r) -> assertBy(r, "0.10"));
    assertThat(toldTiles()).isEqualTo(from == Recaption.From.TILES ? 2 * TILES : TILES);
  }

  @ParameterizedTest
  @EnumSource
  void whatTheFeedWritesMeanwhileIsNeverReplaced(Recaption.From from) throws Exception {
    Model model = Model.held("0.10");
    List<String> keys = List.copyOf(byKey().keySet());
    CorpusRecord newer = newer(keys.get(0));
    CorpusRecord open = newer(keys.get(1));
    CorpusRecord aborted = newer(keys.get(2));
    Recaption recaption = start(model, new Recaption.Task(from, RecaptionFilter.ALL, false));
    try (recaption;
        FeedWriter feed = new FeedWriter("feed-1");
        FeedWriter slowFeed = new FeedWriter("feed-2");
        FeedWriter killedFeed = new FeedWriter("feed-3")) {
      feed.write(newer);
      feed.producer.commitTransaction();
      // These stand before the recaption's records, and what becomes of them is open until later.
      slowFeed.write(open);
      killedFeed.write(aborted);
      model.batches.release(TILES);
      awaitDone(recaption);
      slowFeed.producer.commitTransaction();
      killedFeed.producer.abortTransaction();
    }

    assertThat(recaption.stats().snapshot().superseded()).isEqualTo(3);
    assertThat(recaption.stats().snapshot().captioned()).isEqualTo(TILES - 3);
    Map<String, CorpusRecord> now = byKey();
    assertBy(now.remove(newer.getTileId()), "feed");
    assertBy(now.remove(open.getTileId()), "feed");
    // Its writer does it again; until then the record is the one that was there.
    assertBy(now.remove(aborted.getTileId()), "0.9.1");
    assertThat(now).hasSize(TILES - 3).allSatisfy((key, r) -> assertBy(r, "0.10"));
    assertThat(toldTiles()).isEqualTo(from == Recaption.From.TILES ? 2 * TILES - 3 : TILES);

    // A later one has read what the feed wrote.
    assertThat(recaption("0.11", from, RecaptionFilter.ALL).captioned()).isEqualTo(TILES);
  }

  @Test
  void twoKeptTilesOfOneKeyAreBothCaptionedAndTheLaterOneStays() throws Exception {
    publishTiles();

    CaptionStats.Snapshot stats = recaption("0.10", Recaption.From.TILES, RecaptionFilter.ALL);

    assertThat(stats.captioned()).isEqualTo(2 * TILES);
    assertThat(stats.superseded()).isZero();
    assertThat(byKey()).allSatisfy((key, r) -> assertBy(r, "0.10"));
  }

  @Test
  void aScanOfTheCorpusSaysHowFarItIsAndCanBeStopped() throws Exception {
    List<Double> shares = new ArrayList<>();
    List<Long> records = new ArrayList<>();
    var task = new Recaption.Task(Recaption.From.CORPUS, RecaptionFilter.ALL, false);
    Recaption.Scan told =
        (read, kept, share) -> {
          records.add(read);
          shares.add(share);
        };
    Recaption.start(
            settings("recaption", "here"), () -> new Model("0.10"), PROMPTS, "1.0", task, told)
        .close();

    assertThat(shares).isSorted().last().isEqualTo(1.0);
    assertThat(records).isSorted().last().isEqualTo((long) TILES);

    Recaption.Scan stopped =
        (read, kept, share) -> {
          throw new CancellationException("stopped");
        };
    var model = new Model("0.10");
    assertThatThrownBy(
            () ->
                Recaption.start(
                    settings("recaption", "here"), () -> model, PROMPTS, "1.0", task, stopped))
        .isInstanceOf(CancellationException.class);
    assertThat(model.closed).isTrue();
  }

  private CorpusRecord newer(String tileId) {
    CorpusRecord record = byKey().get(tileId);
    return CorpusRecord.newBuilder(record)
        .setConciseCaption(new GeneratedText("feed saw a tile", 0.9))
        .setProvenance(
            Provenance.newBuilder(record.getProvenance()).setModelVersion("feed").build())
        .build();
  }

  /** Writes corpus records as the feed's captioner does, each in a transaction that it opens. */
  private final class FeedWriter implements AutoCloseable {
    final KafkaProducer<String, byte[]> producer;

    FeedWriter(String id) {
      producer = new KafkaProducer<>(kafka.producerSettings(Optional.of(id)));
      producer.initTransactions();
    }

    void write(CorpusRecord record) throws Exception {
      try (WireFormat wire = kafka.wireFormat()) {
        producer.beginTransaction();
        byte[] value = wire.encode(Topics.CORPUS, record);
        producer.send(new ProducerRecord<>(Topics.CORPUS.name(), record.getTileId(), value)).get();
      }
    }

    @Override
    public void close() {
      producer.close();
    }
  }

  private CaptionStats.Snapshot recaption(
      String version, Recaption.From from, RecaptionFilter filter) throws Exception {
    return run(new Model(version), new Recaption.Task(from, filter, false));
  }

  private CaptionStats.Snapshot run(Model model, Recaption.Task task) throws Exception {
    Recaption recaption = start(model, task);
    try (recaption) {
      awaitDone(recaption);
      assertThat(recaption.share()).isEqualTo(1);
    }
    return recaption.stats().snapshot();
  }

  private Recaption start(Model model, Recaption.Task task) throws Exception {
    return start("here", model, task);
  }

  private Recaption start(String instance, Model model, Recaption.Task task) throws Exception {
    return Recaption.start(
        settings("recaption", instance), () -> model, PROMPTS, "1.0", task, NOT_TOLD);
  }

  private CaptionSettings settings(String group, String instance) {
    return new CaptionSettings(
        kafka, group, instance, 1, 4, Duration.ofMillis(20), new MinConfidence(0.5, 0.5));
  }

  private static void awaitDone(Recaption recaption) throws InterruptedException {
    while (!recaption.isDone()) {
      assertThat(recaption.failure()).isEmpty();
      Thread.sleep(20);
    }
  }

  private static void awaitCaptioned(Recaption recaption) throws InterruptedException {
    while (recaption.stats().snapshot().captioned() == 0) {
      assertThat(recaption.failure()).isEmpty();
      Thread.sleep(20);
    }
  }

  /** Closes while a batch is in work, which is let go only then. */
  private static void closeAtWork(Recaption recaption, Model model) throws InterruptedException {
    var closing = new Thread(recaption::close);
    closing.start();
    while (closing.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    model.batches.release(1);
    closing.join();
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
    volatile boolean closed;
    private final String version;

    Model(String version) {
      this.version = version;
    }

    /** One that does no batch until it is allowed to. */
    static Model held(String version) {
      Model model = new Model(version);
      model.batches.drainPermits();
      return model;
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
    public void close() {
      closed = true;
    }
  }
}
