package dev.sarscribe.stream.progress;

import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.ProgressLedger;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.stream.RejectReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Enters progress events into an acquisition's ledger. The counts are computed from the outcome of
 * every tile, so a fact told twice counts once, and facts may come before the plan. Pure functions.
 */
public final class Ledgers {
  private static final byte PENDING = 0;
  private static final byte TILED = 1;
  private static final byte CAPTIONED = 2;

  /** Outcomes from here on, unsigned, are rejections: this plus the index of the reason. */
  private static final int REJECTED = 3;

  /** A byte holds 253; the codes of this pipeline are about 20. */
  private static final int MAX_REASONS = 200;

  private Ledgers() {}

  /**
   * The ledger after one more event. A caption is final; a rejection gives way to a caption and to
   * a later rejection; a tiled tile to both.
   *
   * @param before null if this is the acquisition's first event
   * @param event with tile indexes from 0 and, if it plans, at least one tile
   */
  public static ProgressLedger enter(ProgressLedger before, ProgressEvent event) {
    AcquisitionProgress.Builder progress =
        before == null ? first(event) : AcquisitionProgress.newBuilder(before.getProgress());
    List<String> reasons =
        before == null ? new ArrayList<>() : new ArrayList<>(before.getReasons());
    byte[] outcomes = before == null ? new byte[0] : bytes(before.getOutcomes());
    switch (event.getKind()) {
      case PLANNED -> {
        if (progress.getPlanned() > 0) {
          // Planned anew because its content changed: every tile is to be done again.
          outcomes = new byte[0];
        }
        progress.setPlanned(event.getPlannedTiles()).setReason(null).setMessage(null);
        progress.setState(ProgressState.RUNNING);
      }
      case TILES -> outcomes = withOutcomes(outcomes, event.getOutcomes(), reasons);
      case FAILED -> {
        progress.setReason(event.getReason()).setMessage(event.getMessage());
        progress.setState(ProgressState.FAILED);
      }
      case DUPLICATE -> progress.setDuplicates(progress.getDuplicates() + 1);
    }
    progress.setUpdatedAt(event.getTime());
    count(progress, outcomes, reasons);
    return new ProgressLedger(progress.build(), reasons, ByteBuffer.wrap(outcomes));
  }

  private static AcquisitionProgress.Builder first(ProgressEvent event) {
    return AcquisitionProgress.newBuilder()
        .setAcquisitionId(event.getAcquisitionId())
        .setState(ProgressState.RUNNING)
        .setPlanned(0)
        .setDuplicates(0)
        .setStartedAt(event.getTime());
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] withOutcomes(
      byte[] outcomes, List<TileOutcome> told, List<String> reasons) {
    int size = told.stream().mapToInt(o -> o.getTileIndex() + 1).max().orElse(0);
    byte[] after = Arrays.copyOf(outcomes, Math.max(outcomes.length, size));
    for (TileOutcome outcome : told) {
      int tile = outcome.getTileIndex();
      after[tile] =
          switch (outcome.getStatus()) {
            case TILED -> after[tile] == PENDING ? TILED : after[tile];
            case CAPTIONED -> CAPTIONED;
            case REJECTED ->
                after[tile] == CAPTIONED ? CAPTIONED : rejected(outcome.getReason(), reasons);
          };
    }
    return after;
  }

  private static byte rejected(String code, List<String> reasons) {
    boolean nameable = code != null && (reasons.contains(code) || reasons.size() < MAX_REASONS);
    String reason = nameable ? code : RejectReason.OTHER;
    if (!reasons.contains(reason)) {
      reasons.add(reason);
    }
    return (byte) (REJECTED + reasons.indexOf(reason));
  }

  private static void count(
      AcquisitionProgress.Builder progress, byte[] outcomes, List<String> reasons) {
    int tiled = 0;
    int captioned = 0;
    int rejected = 0;
    Map<String, Integer> byReason = new HashMap<>();
    int planned = progress.getPlanned();
    int tiles = planned > 0 ? Math.min(planned, outcomes.length) : outcomes.length;
    for (int tile = 0; tile < tiles; tile++) {
      int code = Byte.toUnsignedInt(outcomes[tile]);
      if (code >= REJECTED) {
        String reason = reasons.get(code - REJECTED);
        byReason.merge(reason, 1, Integer::sum);
        rejected++;
        tiled += reason.equals(RejectReason.CAPTION_FAILED) ? 1 : 0;
      } else {
        captioned += code == CAPTIONED ? 1 : 0;
        tiled += code == PENDING ? 0 : 1;
      }
    }
    progress.setTiled(tiled).setCaptioned(captioned).setRejected(byReason);
    boolean all = planned > 0 && planned == captioned + rejected;
    if (progress.getState() != ProgressState.FAILED) {
      progress.setState(all ? ProgressState.DONE : ProgressState.RUNNING);
    }
  }
}
