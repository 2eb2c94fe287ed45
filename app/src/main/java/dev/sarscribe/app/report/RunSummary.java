package dev.sarscribe.app.report;

import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.stream.caption.CaptionStats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * What a run did.
 *
 * @param acquisitions the run's own, in any order
 * @param deadLetters all that the topic holds
 * @param filesIgnored files of the feed that are no product by their names
 * @param elapsed wall time
 * @param captioning what the caption stage did within that time
 * @param bootstrapServers of the broker that holds the corpus
 * @param dataFolder that survives
 */
public record RunSummary(
    List<AcquisitionProgress> acquisitions,
    List<DeadLetter> deadLetters,
    int filesIgnored,
    Duration elapsed,
    CaptionStats.Snapshot captioning,
    String bootstrapServers,
    Path dataFolder) {
  /** More belongs in `sarscribe tail` of the dead letters' topic, not on a screen. */
  private static final int MAX_DEAD_LETTERS_SHOWN = 10;

  public RunSummary {
    acquisitions = List.copyOf(acquisitions);
    deadLetters = List.copyOf(deadLetters);
  }

  public long count(ProgressState state) {
    return acquisitions.stream().filter(a -> a.getState() == state).count();
  }

  public long duplicates() {
    return sum(AcquisitionProgress::getDuplicates);
  }

  public long planned() {
    return sum(AcquisitionProgress::getPlanned);
  }

  public long captioned() {
    return sum(AcquisitionProgress::getCaptioned);
  }

  /** Rejected tiles by reason, sorted. */
  public Map<String, Integer> rejected() {
    Map<String, Integer> reasons = new TreeMap<>();
    acquisitions.stream()
        .map(AcquisitionProgress::getRejected)
        .forEach(r -> r.forEach((reason, n) -> reasons.merge(reason, n, Integer::sum)));
    return reasons;
  }

  public double captionsPerSecond() {
    return captioning.captioned() / Math.max(elapsed.toMillis() / 1000.0, 0.001);
  }

  /** For a terminal. */
  public String render() {
    StringBuilder out = new StringBuilder();
    line(
        out,
        "acquisitions",
        "%d done, %d failed, %d running, %d offered again and dropped"
            .formatted(
                count(ProgressState.DONE),
                count(ProgressState.FAILED),
                count(ProgressState.RUNNING),
                duplicates()));
    int rejectedTiles = total(rejected().values());
    line(
        out,
        "tiles",
        "%d planned = %d captioned + %d rejected%s%s"
            .formatted(
                planned(),
                captioned(),
                rejectedTiles,
                rejected().isEmpty() ? "" : " " + rejected(),
                open(planned() - captioned() - rejectedTiles)));
    line(out, "dead letters", Integer.toString(deadLetters.size()));
    deadLetters.stream()
        .limit(MAX_DEAD_LETTERS_SHOWN)
        .forEach(d -> line(out, "", d.getStage() + " " + d.getReason() + "  " + d.getMessage()));
    if (deadLetters.size() > MAX_DEAD_LETTERS_SHOWN) {
      line(out, "", "and %d more".formatted(deadLetters.size() - MAX_DEAD_LETTERS_SHOWN));
    }
    if (filesIgnored > 0) {
      line(
          out,
          "ignored",
          filesIgnored + " files that are no products by their names (see the log)");
    }
    line(
        out,
        "rate",
        String.format(
            Locale.ROOT,
            "%d captioned in %.1f s = %.1f per second, all stages in one process",
            captioning.captioned(),
            elapsed.toMillis() / 1000.0,
            captionsPerSecond()));
    line(out, "captioning", captioning.describe());
    line(
        out,
        "corpus",
        "topic sar.corpus.v1 of the broker on %s, data in %s"
            .formatted(bootstrapServers, dataFolder));
    return out.toString();
  }

  private static String open(long tiles) {
    return tiles == 0 ? "" : " + %d not finished".formatted(tiles);
  }

  private static void line(StringBuilder out, String label, String text) {
    out.append("  %-13s %s%n".formatted(label, text));
  }

  private static int total(Collection<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  private long sum(ToIntFunction<AcquisitionProgress> count) {
    return acquisitions.stream().mapToInt(count).sum();
  }
}
