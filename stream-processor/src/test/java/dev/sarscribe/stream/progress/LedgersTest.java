package dev.sarscribe.stream.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.ProgressLedger;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LedgersTest {
  private static final String ID = "acquisition";
  private static final ProgressEvent PLANNED = ProgressEvents.planned(ID, 3);

  @Test
  void aFactToldTwiceCountsOnce() {
    ProgressEvent captioned = tiles(TileStatus.CAPTIONED, null, 0, 1);
    ProgressEvent rejected = tiles(TileStatus.REJECTED, "NO_DATA", 2);

    AcquisitionProgress progress = after(PLANNED, captioned, captioned, rejected, rejected);

    assertThat(progress.getCaptioned()).isEqualTo(2);
    assertThat(progress.getTiled()).isEqualTo(2);
    assertThat(progress.getRejected()).isEqualTo(Map.of("NO_DATA", 1));
    assertThat(progress.getState()).isEqualTo(ProgressState.DONE);
  }

  @Test
  void aNewPlanOfTheSameAcquisitionStartsAllOver() {
    ProgressEvent captioned = tiles(TileStatus.CAPTIONED, null, 0, 1, 2);

    AcquisitionProgress again = after(PLANNED, captioned, PLANNED);
    AcquisitionProgress done = after(PLANNED, captioned, PLANNED, captioned);

    assertThat(again.getState()).isEqualTo(ProgressState.RUNNING);
    assertThat(again.getCaptioned()).isZero();
    assertThat(done.getState()).isEqualTo(ProgressState.DONE);
  }

  @Test
  void theOrderOfFactsDoesNotMatterOnceAllAreTold() {
    List<ProgressEvent> events =
        new ArrayList<>(
            List.of(
                PLANNED,
                tiles(TileStatus.TILED, null, 0, 1),
                tiles(TileStatus.CAPTIONED, null, 0),
                tiles(TileStatus.CAPTIONED, null, 1),
                tiles(TileStatus.REJECTED, "TOO_SMALL", 2)));
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(events, new Random(seed));

      AcquisitionProgress progress = after(events.toArray(new ProgressEvent[0]));

      assertThat(progress.getState()).isEqualTo(ProgressState.DONE);
      assertThat(progress.getTiled()).isEqualTo(2);
      assertThat(progress.getPlanned()).isEqualTo(3);
    }
  }

  @Test
  void aCaptionReplacesARejectionAndStays() {
    AcquisitionProgress progress =
        after(
            PLANNED,
            tiles(TileStatus.REJECTED, "UNREADABLE_TRUNCATED", 0),
            tiles(TileStatus.TILED, null, 0),
            tiles(TileStatus.CAPTIONED, null, 0),
            tiles(TileStatus.REJECTED, "CAPTION_FAILED", 0));

    assertThat(progress.getCaptioned()).isEqualTo(1);
    assertThat(progress.getRejected()).isEmpty();
  }

  @Test
  void aTileThatWasCutStaysCutWhenItsCaptionFails() {
    AcquisitionProgress progress =
        after(
            PLANNED,
            tiles(TileStatus.TILED, null, 0),
            tiles(TileStatus.REJECTED, "CAPTION_FAILED", 0));

    assertThat(progress.getTiled()).isEqualTo(1);
    assertThat(progress.getRejected()).isEqualTo(Map.of("CAPTION_FAILED", 1));
  }

  @Test
  void anAcquisitionThatFailedRunsAgainWhenItIsPlanned() {
    ProgressEvent failed = ProgressEvents.failed(ID, "TRUNCATED", "a.tif: ends early");

    assertThat(after(failed).getState()).isEqualTo(ProgressState.FAILED);
    assertThat(after(failed).getReason()).isEqualTo("TRUNCATED");
    AcquisitionProgress repaired = after(failed, PLANNED);
    assertThat(repaired.getState()).isEqualTo(ProgressState.RUNNING);
    assertThat(repaired.getReason()).isNull();
  }

  @Test
  void moreReasonsThanALedgerCanTellApartAreCountedTogether() {
    int tiles = 300;
    ProgressLedger ledger = Ledgers.enter(null, ProgressEvents.planned(ID, tiles));
    for (int i = 0; i < tiles; i++) {
      ledger = Ledgers.enter(ledger, tiles(TileStatus.REJECTED, "REASON_" + i, i));
    }

    AcquisitionProgress progress = ledger.getProgress();
    assertThat(progress.getState()).isEqualTo(ProgressState.DONE);
    assertThat(progress.getRejected()).containsEntry("OTHER", 100).containsEntry("REASON_7", 1);
  }

  private static AcquisitionProgress after(ProgressEvent... events) {
    ProgressLedger ledger = null;
    for (ProgressEvent event : events) {
      ledger = Ledgers.enter(ledger, event);
    }
    return ledger.getProgress();
  }

  private static ProgressEvent tiles(TileStatus status, String reason, int... indexes) {
    List<TileOutcome> outcomes = new ArrayList<>();
    for (int index : indexes) {
      outcomes.add(new TileOutcome(index, status, reason));
    }
    return ProgressEvents.tiles(ID, outcomes);
  }
}
