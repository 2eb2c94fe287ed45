package dev.sarscribe.schemas;

import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.FeedBookmark;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.schemas.avro.ProgressEvent;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileJob;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The one place where topics are declared. */
public final class Topics {
  /**
   * Largest record: a 512 x 512 tile is 256 KiB raw and its PNG at most as large; 2 MiB leaves room
   * for tiles of 1024 and for texts, and bounds what a consumer has to allocate.
   */
  public static final int MAX_RECORD_BYTES = 2 * 1024 * 1024;

  /** Metadata records are a few KiB; footprints of odd scenes may take more. */
  private static final int MAX_METADATA_BYTES = 256 * 1024;

  private static final int PARTITIONS = 6;
  private static final Duration DAYS_7 = Duration.ofDays(7);
  private static final Duration DAYS_30 = Duration.ofDays(30);

  public static final Topic<Acquisition> ACQUISITIONS =
      new Topic<>(
          "sar.acquisitions.v1",
          Acquisition.class,
          "acquisition id",
          PARTITIONS,
          Optional.of(DAYS_30),
          MAX_METADATA_BYTES);

  public static final Topic<TileJob> TILE_JOBS =
      new Topic<>(
          "sar.tile-jobs.v1",
          TileJob.class,
          "<acquisition>/<polarization>/<band>",
          PARTITIONS,
          Optional.of(DAYS_7),
          MAX_METADATA_BYTES);

  public static final Topic<Tile> TILES =
      new Topic<>(
          "sar.tiles.v1",
          Tile.class,
          "tile id: <acquisition>/<polarization>/<x>_<y>",
          PARTITIONS,
          Optional.of(DAYS_7),
          MAX_RECORD_BYTES);

  public static final Topic<CorpusRecord> CORPUS =
      new Topic<>(
          "sar.corpus.v1",
          CorpusRecord.class,
          "tile id: <acquisition>/<polarization>/<x>_<y>",
          PARTITIONS,
          Optional.empty(),
          MAX_RECORD_BYTES);

  public static final Topic<ProgressEvent> PROGRESS_EVENTS =
      new Topic<>(
          "sar.progress-events.v1",
          ProgressEvent.class,
          "acquisition id",
          PARTITIONS,
          Optional.of(DAYS_7),
          MAX_METADATA_BYTES);

  public static final Topic<AcquisitionProgress> PROGRESS =
      new Topic<>(
          "sar.progress.v1",
          AcquisitionProgress.class,
          "acquisition id",
          PARTITIONS,
          Optional.empty(),
          MAX_METADATA_BYTES);

  public static final Topic<DeadLetter> DEAD_LETTERS =
      new Topic<>(
          "sar.dead-letters.v1",
          DeadLetter.class,
          "acquisition id, tile id or the refused record's key",
          PARTITIONS,
          Optional.of(DAYS_30),
          MAX_RECORD_BYTES);

  public static final Topic<FeedBookmark> FEED_BOOKMARKS =
      new Topic<>(
          "sar.feed-bookmarks.v1",
          FeedBookmark.class,
          "<feed>:<item>",
          1,
          Optional.empty(),
          MAX_METADATA_BYTES);

  public static final Topic<FeedStatus> FEEDS =
      new Topic<>(
          "sar.feeds.v1", FeedStatus.class, "feed", 1, Optional.empty(), MAX_METADATA_BYTES);

  /** All of them, in the order of the pipeline. */
  public static final List<Topic<?>> ALL =
      List.of(
          ACQUISITIONS,
          TILE_JOBS,
          TILES,
          CORPUS,
          PROGRESS_EVENTS,
          PROGRESS,
          DEAD_LETTERS,
          FEED_BOOKMARKS,
          FEEDS);

  private Topics() {}

  /** The topic of a name, if it is declared. */
  public static Optional<Topic<?>> named(String name) {
    return ALL.stream().filter(t -> t.name().equals(name)).findFirst();
  }
}
