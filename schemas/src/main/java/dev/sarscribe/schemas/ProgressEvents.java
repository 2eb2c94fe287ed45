package dev.sarscribe.schemas;

import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.ProgressKind;
import dev.sarscribe.schemas.avro.TileOutcome;
import java.time.Instant;
import java.util.List;

/** Builds the facts that stages tell about an acquisition. */
public final class ProgressEvents {
  private ProgressEvents() {}

  public static ProgressEvent planned(String acquisitionId, int tiles) {
    return base(acquisitionId, ProgressKind.PLANNED).setPlannedTiles(tiles).build();
  }

  public static ProgressEvent tiles(String acquisitionId, List<TileOutcome> outcomes) {
    return base(acquisitionId, ProgressKind.TILES).setOutcomes(outcomes).build();
  }

  /** The acquisition could not be planned; a dead letter says the same. */
  public static ProgressEvent failed(String acquisitionId, String reason, String message) {
    return base(acquisitionId, ProgressKind.FAILED).setReason(reason).setMessage(message).build();
  }

  /** The acquisition was offered again and dropped. */
  public static ProgressEvent duplicate(String acquisitionId) {
    return base(acquisitionId, ProgressKind.DUPLICATE).build();
  }

  private static ProgressEvent.Builder base(String acquisitionId, ProgressKind kind) {
    return ProgressEvent.newBuilder()
        .setAcquisitionId(acquisitionId)
        .setKind(kind)
        .setTime(Instant.now());
  }
}
