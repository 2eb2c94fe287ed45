package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Application;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Question;
import dev.sarscribe.imagery.TileImage;
import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CaptionStageTest {
  private static final int BATCH = 4;

  private final FakeCaptioner captioner = new FakeCaptioner();

  @Test
  void everyTileIsWrittenOnceWithItsFactsAndOffsets() throws Exception {
    List<ConsumerRecord<String, byte[]>> log = tiles(10);
    log.add(Tiles.record(10, "junk", new byte[] {1}));
    var broker = new FakeBroker(log);
    try (CaptionStage stage = start(broker, captioner)) {
      await(() -> broker.committedOffset() == 11);

      assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(10));
      assertThat(broker.committedKeys(Topics.DEAD_LETTERS.name())).containsExactly("junk");
      await(() -> stage.stats().snapshot().rejected().equals(Map.of("MALFORMED_RECORD", 1L)));
      assertThat(stage.stats().snapshot().captioned()).isEqualTo(10);
      assertThat(stage.stats().snapshot().times().infer()).isPositive();
      assertThat(stage.failure()).isEmpty();
    }
    assertThat(captioner.batchSizes).allSatisfy(n -> assertThat(n).isBetween(1, BATCH));
    assertThat(captioner.closed).isTrue();
    assertThat(broker.consumer.closed()).isTrue();
    assertThat(broker.producers).allSatisfy(p -> assertThat(p.closed()).isTrue());
  }

  @Test
  void aCommitThatFailsIsDoneAgainAndDoublesNothing() throws Exception {
    var broker = new FakeBroker(tiles(10));
    broker.commitFailures.add(new CommitFailedException("a rebalance is under way"));
    broker.commitFailures.add(new TimeoutException("the broker does not answer"));
    try (CaptionStage stage = start(broker, captioner)) {
      await(() -> broker.committedOffset() == 10);

      assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(10));
      assertThat(stage.stats().snapshot().aborted()).isEqualTo(2);
    }
  }

  @Test
  void aFencedProducerIsReplacedAndItsBatchIsDoneAgain() throws Exception {
    var broker = new FakeBroker(tiles(10));
    var gate = new CountDownLatch(1);
    try (CaptionStage stage = start(broker, new SlowCaptioner(captioner, gate))) {
      await(() -> broker.producers.size() == 1 && broker.producers.get(0).transactionInitialized());
      broker.producers.get(0).fenceProducer();
      gate.countDown();
      await(() -> broker.committedOffset() == 10);

      assertThat(broker.producers).hasSize(2);
      assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(10));
      assertThat(stage.failure()).isEmpty();
    }
  }

  @Test
  void aModelSlowerThanTheFeedPausesThePartitionAndPollingGoesOn() throws Exception {
    var broker = new FakeBroker(tiles(40));
    var gate = new CountDownLatch(1);
    try (CaptionStage stage = start(broker, new SlowCaptioner(captioner, gate))) {
      await(() -> broker.consumer.paused().contains(FakeBroker.PARTITION));
      var polled = new CountDownLatch(3);
      for (int i = 0; i < 3; i++) {
        broker.consumer.schedulePollTask(polled::countDown);
      }
      polled.await();

      gate.countDown();
      await(() -> broker.committedOffset() == 40);

      assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(40));
      assertThat(stage.failure()).isEmpty();
    }
  }

  @Test
  void aBatchInWorkWhenItsPartitionIsRevokedIsNotCommitted() throws Exception {
    var broker = new FakeBroker(tiles(4));
    var gate = new CountDownLatch(1);
    var slow = new SlowCaptioner(captioner, gate);
    try (CaptionStage stage = start(broker, slow)) {
      slow.entered().await();
      var revoked = new CountDownLatch(1);
      broker.consumer.schedulePollTask(
          () -> {
            broker.consumer.rebalance(List.of());
            revoked.countDown();
          });
      revoked.await();
      gate.countDown();
      await(() -> captioner.batchSizes.size() == 1);

      assertThat(stage.failure()).isEmpty();
    }
    assertThat(broker.committedOffset()).isZero();
    assertThat(broker.committedKeys(Topics.CORPUS.name())).isEmpty();
  }

  @Test
  void closingFinishesAndCommitsTheBatchInWork() throws Exception {
    var broker = new FakeBroker(tiles(BATCH));
    var gate = new CountDownLatch(1);
    var slow = new SlowCaptioner(captioner, gate);
    CaptionStage stage = start(broker, slow);
    slow.entered().await();
    var closing = new Thread(stage::close);
    closing.start();
    gate.countDown();
    closing.join();

    assertThat(broker.committedOffset()).isPositive();
    assertThat((long) broker.committedKeys(Topics.CORPUS.name()).size())
        .isEqualTo(broker.committedOffset());
  }

  @Test
  void anInstanceWhoseNameAnotherOneTookStopsAndSaysSo() throws Exception {
    var broker = new FakeBroker(tiles(1));
    try (CaptionStage stage = start(broker, captioner)) {
      await(() -> broker.committedOffset() == 1);
      broker.consumer.setPollException(new FencedInstanceIdException("taken"));
      await(() -> stage.failure().isPresent());

      assertThat(stage.failure()).containsInstanceOf(FencedInstanceIdException.class);
    }
  }

  @Test
  void aBrokerThatIsAwayForAMomentStopsNothing() throws Exception {
    var broker = new FakeBroker(tiles(3));
    broker.consumer.setPollException(new TimeoutException("no broker"));
    try (CaptionStage stage = start(broker, captioner)) {
      await(() -> broker.committedOffset() == 3);

      assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(3));
      assertThat(stage.failure()).isEmpty();
    }
  }

  @Test
  void everyRecordGoesOnWithTheTraceOfItsTileAndASpanOfItsOwn() throws Exception {
    TraceParent trace = TraceParent.begin();
    List<ConsumerRecord<String, byte[]>> log = tiles(3);
    log.add(Tiles.record(3, "refused"));
    for (ConsumerRecord<String, byte[]> record : log) {
      EventHeaders.of(Topics.TILES, null, record.value(), trace.next())
          .forEach(header -> record.headers().add(header));
    }
    var broker = new FakeBroker(log);
    try (CaptionStage stage = start(broker, captioner)) {
      await(() -> broker.committedOffset() == 4);
      assertThat(stage.failure()).isEmpty();
    }

    Set<String> topics = new HashSet<>();
    Set<String> spans = new HashSet<>();
    for (var record : broker.producers.get(0).history()) {
      TraceParent step = TraceParent.of(record.headers());
      assertThat(step.traceId()).as(record.topic()).isEqualTo(trace.traceId());
      assertThat(spans.add(step.spanId())).isTrue();
      assertThat(record.headers().lastHeader("ce_source").value())
          .asString()
          .isEqualTo("/sarscribe/" + record.topic());
      topics.add(record.topic());
    }
    assertThat(topics)
        .containsExactlyInAnyOrder(
            Topics.CORPUS.name(), Topics.PROGRESS_EVENTS.name(), Topics.DEAD_LETTERS.name());
  }

  @Test
  void aStageIsReadyOnceItHasItsPartitionsAndABatchThatNeverEndsIsStuck() throws Exception {
    var broker = new FakeBroker(tiles(BATCH));
    var gate = new CountDownLatch(1);
    var slow = new SlowCaptioner(captioner, gate);
    try (CaptionStage stage = start(broker, slow)) {
      slow.entered().await();
      await(() -> stage.waitingFor().isEmpty());

      await(() -> stage.stuck(Duration.ofMillis(20)).isPresent());
      assertThat(stage.stuck(Duration.ofMillis(20)).orElseThrow())
          .startsWith("caption-inference-0: captioning");
      assertThat(stage.stuck(Duration.ofMinutes(1))).isEmpty();

      gate.countDown();
      await(() -> broker.committedOffset() == BATCH);
      broker.consumer.setPollException(new TimeoutException("no broker"));
      await(() -> stage.waitingFor().orElse("").contains("no broker"));
      await(() -> stage.waitingFor().isEmpty());
    }
  }

  @Test
  void aQuestionThatTheModelHasNoRoomForEndsTheStartAndReadsNoTile() throws Exception {
    var broker = new FakeBroker(tiles(3));
    var question = new Question("long", Application.OTHERS, "Is there a ship? ".repeat(9));
    var prompts = new PromptSet("long", "1", true, List.of(question));

    assertThatThrownBy(() -> start(broker, captioner, prompts))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("is too long");
    assertThat(captioner.closed).isTrue();
    assertThat(broker.consumer.subscription()).isEmpty();
  }

  private static CaptionStage start(FakeBroker broker, Captioner captioner)
      throws CaptionerException {
    return start(broker, captioner, FakeCaptioner.PROMPTS);
  }

  private static CaptionStage start(FakeBroker broker, Captioner captioner, PromptSet prompts)
      throws CaptionerException {
    var kafka = new KafkaConnection("localhost:9092", Optional.empty(), Map.of());
    var settings =
        new CaptionSettings(
            kafka, "caption", "here", 1, BATCH, Duration.ofMillis(5), new MinConfidence(0.5, 0.5));
    return CaptionStage.start(
        settings, () -> captioner, prompts, "1.0", TileSource.FEED, worker -> broker);
  }

  private static List<ConsumerRecord<String, byte[]>> tiles(int count) {
    List<ConsumerRecord<String, byte[]>> log = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      log.add(Tiles.record(i, i + "_0"));
    }
    return log;
  }

  private static List<String> keys(int count) {
    return tiles(count).stream().map(ConsumerRecord::key).toList();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }

  /** Waits at a gate before every batch. */
  private record SlowCaptioner(Captioner captioner, CountDownLatch gate, CountDownLatch entered)
      implements Captioner {
    SlowCaptioner(Captioner captioner, CountDownLatch gate) {
      this(captioner, gate, new CountDownLatch(1));
    }

    @Override
    public ModelInfo model() {
      return captioner.model();
    }

    @Override
    public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts)
        throws CaptionerException {
      entered.countDown();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new CaptionerException("interrupted", e);
      }
      return captioner.caption(tiles, prompts);
    }

    @Override
    public void close() {
      captioner.close();
    }
  }
}
