package dev.sarscribe.app.local;

import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.tiling.TilingStage;
import java.util.Optional;

/** The running stages of one process; closing drains them. */
public record Stages(TilingStage tiling, CaptionStage caption) implements AutoCloseable {
  /** What stopped a stage for good. */
  Optional<Throwable> failure() {
    return tiling.failure().or(caption::failure);
  }

  @Override
  public void close() {
    try (caption) {
      tiling.close();
    }
  }
}
