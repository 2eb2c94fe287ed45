package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.imagery.TileImage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EngineGuardTest {
  private static final EngineGuard.Backoff SOON =
      new EngineGuard.Backoff(Duration.ofMillis(1), Duration.ofMillis(4));

  private final FakeCaptioner captioner = new FakeCaptioner();

  /** What the openings give after those that fail. */
  private final Deque<Captioner> openings = new ArrayDeque<>();

  private int failingOpenings;

  @Test
  void aBatchThatTheEngineFailsIsHalvedUntilOneTileIsLeftToBlame() throws Exception {
    List<Verdict> verdicts = guard(SOON).describe(images("a", "b", "engine-fails", "d", "e"));

    assertThat(captioner.batchSizes).containsExactly(5, 2, 3, 1, 2);
    assertThat(verdicts).hasSize(5);
    assertThat(verdicts.get(2)).isEqualTo(new Verdict.Refused("ENGINE_FAILED", "the engine fails"));
    assertThat(verdicts).filteredOn(v -> v instanceof Verdict.Described).hasSize(4);
  }

  @Test
  void anEngineOutOfMemoryOrNotLinkedIsAnEngineThatFailed() throws Exception {
    List<Verdict> verdicts = guard(SOON).describe(images("a", "out-of-memory", "b", "not-linked"));

    assertThat(verdicts)
        .extracting(v -> v instanceof Verdict.Refused r ? r.reason() : "")
        .containsExactly("", "ENGINE_FAILED", "", "ENGINE_FAILED");
  }

  @Test
  void badTilesThatAreNotInARowNeverOpenTheEngineAnew() throws Exception {
    EngineGuard guard = guard(SOON);

    for (int i = 0; i < 2 * EngineGuard.SUSPICIOUS_FAILURES; i++) {
      guard.describe(images("engine-fails"));
      guard.describe(images("a"));
    }

    assertThat(captioner.closed).isFalse();
  }

  @Test
  void anEngineThatFailsEveryTileIsOpenedAnewBeforeTheThirdTileIsBlamed() throws Exception {
    var working = new FakeCaptioner();
    openings.add(working);
    captioner.broken = true;

    List<Verdict> verdicts = guard(SOON).describe(images("a", "b", "c", "d", "e", "f"));

    assertThat(captioner.closed).isTrue();
    assertThat(verdicts)
        .extracting(v -> v instanceof Verdict.Described)
        .containsExactly(false, false, true, true, true, true);
  }

  @Test
  void whileTheEngineDoesNotOpenTheFeedWaitsAndNoTileIsBlamed() throws Exception {
    captioner.broken = true;
    var working = new FakeCaptioner();
    failingOpenings = 3;
    openings.add(working);

    EngineGuard guard = guard(SOON);
    List<Verdict> verdicts = guard.describe(images("a", "b", "c"));

    assertThat(failingOpenings).isZero();
    assertThat(openings).isEmpty();
    assertThat(verdicts).filteredOn(v -> v instanceof Verdict.Refused).hasSize(2);
    assertThat(guard.trouble()).isEmpty();
    assertThat(guard.model()).isEqualTo(working.model());
  }

  @Test
  void manyBadTilesInARowAreEachBlamedOnlyOnAFreshEngine() throws Exception {
    for (int i = 0; i < 2; i++) {
      openings.add(new FakeCaptioner());
    }

    List<Verdict> verdicts =
        guard(SOON)
            .describe(
                images("engine-fails-1", "engine-fails-2", "engine-fails-3", "engine-fails-4"));

    assertThat(verdicts).hasOnlyElementsOfType(Verdict.Refused.class).hasSize(4);
    assertThat(openings).isEmpty();
  }

  @Test
  void anEngineThatIsAwayHoldsTheFeedAndBlamesNoTile() throws Exception {
    captioner.unavailable = true;
    failingOpenings = 5;
    var stillAway = new FakeCaptioner();
    stillAway.unavailable = true;
    var working = new FakeCaptioner();
    openings.addAll(List.of(stillAway, stillAway, stillAway, working));

    EngineGuard guard = guard(SOON);
    List<Verdict> verdicts = guard.describe(images("a", "b", "c", "d", "e"));

    assertThat(verdicts).hasOnlyElementsOfType(Verdict.Described.class).hasSize(5);
    assertThat(openings).isEmpty();
    assertThat(captioner.closed).isTrue();
    assertThat(guard.trouble()).isEmpty();
  }

  @Test
  void aTileThatBreaksAServerWhichWorksOtherwiseIsBlamedInTheEndAndNoOther() throws Exception {
    for (int i = 0; i < 2 + EngineGuard.MAX_UNAVAILABLE; i++) {
      openings.add(new FakeCaptioner());
    }

    List<Verdict> verdicts = guard(SOON).describe(images("a", "b", "breaks-the-server", "d"));

    assertThat(verdicts)
        .extracting(v -> v instanceof Verdict.Refused r ? r.reason() + ": " + r.message() : "")
        .containsExactly("", "", "ENGINE_FAILED: the server is away", "");
    // For the batch, for its half, and for the tile.
    assertThat(openings).isEmpty();
  }

  @Test
  void aGuardThatWaitsForAServerSaysSoAndCanBeStopped() throws Exception {
    captioner.unavailable = true;
    EngineGuard guard = guard(new EngineGuard.Backoff(Duration.ofHours(1), Duration.ofHours(1)));
    guard.stop();

    assertThatThrownBy(() -> guard.describe(images("a", "b")))
        .isInstanceOf(CancellationException.class);
    assertThat(guard.trouble().orElseThrow())
        .isEqualTo(
            "the engine is unavailable (the server is away); the feed waits, next try in 3600 s");
  }

  @Test
  void aGuardThatWaitsSaysWhyAndCanBeStopped() throws Exception {
    captioner.broken = true;
    EngineGuard guard = guard(new EngineGuard.Backoff(Duration.ofHours(1), Duration.ofHours(1)));
    Thread stopper =
        new Thread(
            () -> {
              while (guard.trouble().isEmpty()) {
                Thread.onSpinWait();
              }
              guard.stop();
            });
    stopper.start();

    assertThatThrownBy(() -> guard.describe(images("a", "b", "c")))
        .isInstanceOf(CancellationException.class);
    assertThat(guard.trouble().orElseThrow()).contains("3 tiles in a row", "the engine fails");
  }

  @Test
  void anEngineThatForgetsATileFailsTheBatch() throws Exception {
    var forgetful =
        new FakeCaptioner() {
          @Override
          public List<Outcome> caption(List<TileImage> tiles, PromptSet prompts)
              throws CaptionerException {
            return super.caption(tiles.subList(0, 1), prompts);
          }
        };
    var guard =
        new EngineGuard(forgetful, this::open, FakeCaptioner.PROMPTS, new CaptionStats(1, 4), SOON);

    assertThat(guard.describe(images("a", "b")))
        .hasOnlyElementsOfType(Verdict.Described.class)
        .hasSize(2);
    assertThat(forgetful.batchSizes).hasSize(3);
  }

  private EngineGuard guard(EngineGuard.Backoff backoff) {
    return new EngineGuard(
        captioner, this::open, FakeCaptioner.PROMPTS, new CaptionStats(1, 4), backoff);
  }

  private Captioner open() throws CaptionerException {
    if (failingOpenings > 0) {
      failingOpenings--;
      throw new CaptionerException("no device");
    }
    return openings.remove();
  }

  private static List<TileImage> images(String... names) {
    List<TileImage> images = new ArrayList<>();
    Arrays.stream(names).forEach(n -> images.add(new TileImage(n, 1, 1, new byte[1])));
    return images;
  }
}
