package dev.sarscribe.app.local;

import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.ProgressState;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * One line per acquisition: on a terminal drawn over in place while it runs, elsewhere a plain line
 * now and then. Not thread-safe.
 */
public final class ProgressDisplay {
  /** Running acquisitions that are drawn at once; a screen has some 24 lines. */
  private static final int MAX_DRAWN = 8;

  private static final int BAR_CELLS = 24;
  private static final int MIN_COLUMNS = 40;
  private static final int NAME_COLUMNS = 44;
  private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(10);

  private record Start(long nanos, int finished) {}

  private final PrintWriter out;
  private final OptionalInt columns;
  private final LongSupplier nanoClock;
  private final Map<String, Start> starts = new HashMap<>();
  private final Map<String, Long> printedNanos = new HashMap<>();
  private final Set<String> ended = new HashSet<>();
  private int drawn;

  /**
   * @param columns width of the terminal; empty if the output is no terminal
   */
  public ProgressDisplay(PrintWriter out, OptionalInt columns) {
    this(out, columns, System::nanoTime);
  }

  ProgressDisplay(PrintWriter out, OptionalInt columns, LongSupplier nanoClock) {
    this.out = out;
    this.columns = columns;
    this.nanoClock = nanoClock;
  }

  /** The terminal that the launcher found, if any. */
  public static OptionalInt terminalColumns() {
    return Optional.ofNullable(Integer.getInteger("sarscribe.columns"))
        .map(c -> OptionalInt.of(Math.max(c, MIN_COLUMNS)))
        .orElse(OptionalInt.empty());
  }

  /** Shows the state of the acquisitions, given in the order of their lines. */
  public void show(List<AcquisitionProgress> acquisitions) {
    erase();
    List<AcquisitionProgress> running = new ArrayList<>();
    for (AcquisitionProgress progress : acquisitions) {
      String id = progress.getAcquisitionId();
      starts.computeIfAbsent(id, i -> new Start(nanoClock.getAsLong(), finished(progress)));
      if (progress.getState() == ProgressState.RUNNING) {
        ended.remove(id);
        running.add(progress);
      } else if (ended.add(id)) {
        out.println(fit(line(progress)));
      }
    }
    if (columns.isPresent()) {
      draw(running);
    } else {
      running.forEach(this::printNowAndThen);
    }
    out.flush();
  }

  /** Removes what is drawn in place, before other output. */
  public void erase() {
    if (drawn > 0) {
      out.print("\u001b[" + drawn + "A\u001b[J");
      drawn = 0;
    }
  }

  private void draw(List<AcquisitionProgress> running) {
    running.stream().limit(MAX_DRAWN).forEach(p -> out.println(fit(line(p))));
    drawn = Math.min(running.size(), MAX_DRAWN);
    if (running.size() > MAX_DRAWN) {
      out.println(fit("  and %d more".formatted(running.size() - MAX_DRAWN)));
      drawn++;
    }
  }

  private void printNowAndThen(AcquisitionProgress progress) {
    long now = nanoClock.getAsLong();
    Long last = printedNanos.get(progress.getAcquisitionId());
    if (last == null || now - last >= PLAIN_INTERVAL.toNanos()) {
      printedNanos.put(progress.getAcquisitionId(), now);
      out.println(line(progress));
    }
  }

  private String line(AcquisitionProgress progress) {
    String name = shorten(progress.getAcquisitionId());
    if (progress.getState() == ProgressState.FAILED) {
      return "%s  failed: %s".formatted(name, progress.getMessage());
    }
    int finished = finished(progress);
    String counts = "%d/%d tiles".formatted(finished, progress.getPlanned());
    if (progress.getState() == ProgressState.DONE) {
      return "%s  done  %s, %d captioned%s"
          .formatted(name, counts, progress.getCaptioned(), rejections(progress));
    }
    return "%s  %s  %s%s"
        .formatted(name, bar(finished, progress.getPlanned()), counts, pace(progress));
  }

  private static String rejections(AcquisitionProgress progress) {
    return progress.getRejected().isEmpty() ? "" : ", rejected " + progress.getRejected();
  }

  /** Rate since this display first saw the acquisition, and the time left at that rate. */
  private String pace(AcquisitionProgress progress) {
    Start start = starts.get(progress.getAcquisitionId());
    double seconds = (nanoClock.getAsLong() - start.nanos()) / 1e9;
    int done = finished(progress) - start.finished();
    if (done <= 0 || seconds < 1) {
      return "";
    }
    double rate = done / seconds;
    long left = Math.round((progress.getPlanned() - finished(progress)) / rate);
    return String.format(Locale.ROOT, "  %.1f/s  %d:%02d left", rate, left / 60, left % 60);
  }

  private static String bar(int finished, int planned) {
    int cells = planned == 0 ? 0 : (int) ((long) BAR_CELLS * finished / planned);
    return "[" + "#".repeat(cells) + ".".repeat(BAR_CELLS - cells) + "]";
  }

  private String fit(String line) {
    int limit = columns.orElse(Integer.MAX_VALUE);
    return line.length() <= limit ? line : line.substring(0, limit - 1) + "…";
  }

  private static String shorten(String id) {
    return id.length() <= NAME_COLUMNS ? id : id.substring(0, NAME_COLUMNS - 1) + "…";
  }

  private static int finished(AcquisitionProgress progress) {
    return progress.getCaptioned()
        + progress.getRejected().values().stream().mapToInt(Integer::intValue).sum();
  }
}
