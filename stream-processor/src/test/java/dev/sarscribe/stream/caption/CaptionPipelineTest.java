package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the stage does while batches are at every step of it: nothing lost, nothing doubled. */
@Timeout(60)
class CaptionPipelineTest {
  private static final int BATCH = 4;
  private static final int TILES = 40;

  private final FakeCaptioner captioner = new FakeCaptioner();
  private final FakeBroker broker = new FakeBroker(log());
  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger commits = new AtomicInteger();

  @Test
  void batchesThatWaitForASlowCommitGoIntoTheNextTransactionTogether() throws Exception {
    broker.beforeCommit =
        () -> {
          waitAtGate();
          LockSupport.parkNanos(Duration.ofMillis(30).toNanos());
        };
    try (CaptionStage stage = start()) {
      await(() -> stage.stats().snapshot().waitingBatches() == 2);
      gate.countDown();
      awaitAllOnce();

      await(() -> stage.stats().snapshot().captioned() == TILES);
      var stats = stage.stats().snapshot();
      assertThat(stats.transactions()).isLessThan(stats.batches());
      assertThat(stats.describedTiles()).isEqualTo(TILES);
    }
  }

  @Test
  void anAbortDropsTheBatchesBehindItAndAllAreDoneAgain() throws Exception {
    CaptionStage[] stage = new CaptionStage[1];
    broker.beforeCommit =
        () -> {
          waitAtGate();
          if (commits.incrementAndGet() == 2) {
            awaitUnchecked(() -> stage[0].stats().snapshot().waitingBatches() == 2);
            throw new CommitFailedException("a rebalance is under way");
          }
        };
    stage[0] = start();
    try (CaptionStage running = stage[0]) {
      gate.countDown();
      awaitAllOnce();

      assertThat(running.stats().snapshot().aborted()).isEqualTo(1);
      assertThat(sum(captioner.batchSizes)).isGreaterThan(TILES);
      await(() -> running.stats().snapshot().captioned() == TILES);
    }
  }

  @Test
  void batchesDescribedWhenTheirPartitionIsRevokedAreNotCommitted() throws Exception {
    broker.beforeCommit = this::waitAtGate;
    try (CaptionStage stage = start()) {
      await(() -> stage.stats().snapshot().waitingBatches() == 2);
      var revoking = new CountDownLatch(1);
      var revoked = new CountDownLatch(1);
      broker.consumer.schedulePollTask(
          () -> {
            revoking.countDown();
            broker.consumer.rebalance(List.of());
            revoked.countDown();
          });
      revoking.await();
      // The commit under way was begun while the partition was held: revocation waits for it.
      gate.countDown();
      revoked.await();
      long committed = broker.committedOffset();
      await(() -> stage.stats().snapshot().waitingBatches() == 0);

      assertThat(committed).isBetween(1L, TILES - 1L);
      assertCommitted((int) committed);

      broker.consumer.schedulePollTask(broker::assignAgain);
      awaitAllOnce();
      assertThat(sum(captioner.batchSizes)).isGreaterThan(TILES);
      assertThat(stage.failure()).isEmpty();
    }
  }

  @Test
  void aSendThatFailsAbortsItsTransaction() throws Exception {
    broker.sendFailures.add(new TimeoutException("a record expired"));
    broker.sendFailures.add(new TimeoutException("another record expired"));
    try (CaptionStage stage = start()) {
      awaitAllOnce();

      assertThat(stage.stats().snapshot().aborted()).isPositive();
    }
  }

  @Test
  void closingWhileEveryQueueIsFullCommitsAllThatIsDescribed() throws Exception {
    broker.beforeCommit = this::waitAtGate;
    CaptionStage stage = start();
    // One batch at least is being committed, two wait, and one finds no room.
    await(() -> captioner.batchSizes.size() >= 4);
    await(() -> stage.stats().snapshot().waitingTiles() == 2 * BATCH);
    var closing = new Thread(stage::close);
    closing.start();
    gate.countDown();
    closing.join();

    assertCommitted(sum(captioner.batchSizes));
    assertThat(captioner.closed).isTrue();
  }

  @Test
  void closingWhileNoCommitSucceedsEndsAndLeavesTheRestForTheNextStart() throws Exception {
    broker.beforeCommit =
        () -> {
          throw new TimeoutException("the broker does not answer");
        };
    CaptionStage stage = start();
    await(() -> stage.stats().snapshot().aborted() > 0);

    stage.close();

    assertCommitted(0);
    assertThat(stage.failure()).isEmpty();
  }

  @Test
  void aBrokenEnginePausesTheFeedInsteadOfThrowingItAway() throws Exception {
    captioner.broken = true;
    try (CaptionStage stage = start()) {
      await(() -> stage.trouble().isPresent());

      assertThat(stage.trouble().orElseThrow()).contains("the engine fails");
      assertThat(stage.failure()).isEmpty();
      assertCommitted(0);

      captioner.broken = false;
      await(() -> broker.committedOffset() == TILES);

      assertThat(stage.trouble()).isEmpty();
      assertThat(broker.committedKeys(Topics.DEAD_LETTERS.name()))
          .containsExactlyElementsOf(keys(EngineGuard.SUSPICIOUS_FAILURES - 1));
      await(() -> stage.stats().snapshot().rejected().equals(Map.of("ENGINE_FAILED", 2L)));
    }
  }

  @Test
  void aStageThatWaitsForItsEngineCanBeClosed() throws Exception {
    captioner.broken = true;
    CaptionStage stage = start();
    await(() -> stage.trouble().isPresent());

    stage.close();

    assertCommitted(0);
    assertThat(captioner.closed).isTrue();
  }

  private CaptionStage start() throws Exception {
    var kafka = new KafkaConnection("localhost:9092", Optional.empty(), Map.of());
    var settings =
        new CaptionSettings(
            kafka, "caption", "here", 1, BATCH, Duration.ofSeconds(2), new MinConfidence(0.5, 0.5));
    return CaptionStage.start(
        settings, () -> captioner, FakeCaptioner.PROMPTS, "1.0", TileSource.FEED, worker -> broker);
  }

  private void awaitAllOnce() throws InterruptedException {
    await(() -> broker.committedOffset() == TILES);
    assertCommitted(TILES);
  }

  /** The first tiles are in the corpus, each once and in order, and so are their offsets. */
  private void assertCommitted(int tiles) {
    assertThat(broker.committedKeys(Topics.CORPUS.name())).containsExactlyElementsOf(keys(tiles));
    assertThat(broker.committedOffset()).isEqualTo(tiles);
  }

  private void waitAtGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int sum(List<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  private static List<ConsumerRecord<String, byte[]>> log() {
    return IntStream.range(0, TILES).mapToObj(i -> Tiles.record(i, i + "_0")).toList();
  }

  private static List<String> keys(int count) {
    return log().stream().limit(count).map(ConsumerRecord::key).toList();
  }

  private static void awaitUnchecked(BooleanSupplier condition) {
    try {
      await(condition);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(5);
    }
  }
}
