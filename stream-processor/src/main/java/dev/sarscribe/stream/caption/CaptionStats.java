package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.Usage;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.stream.StageMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * What a caption stage has done since it started. Tiles are counted when they are committed, so
 * what is done again after an abort counts once; times and batches include it. Thread-safe.
 */
public final class CaptionStats {
  private final int workers;
  private final int batchMax;
  private final MeterRegistry meters;
  private final long startNanos = System.nanoTime();
  private final LongAdder captioned = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final LongAdder superseded = new LongAdder();
  private final Map<String, LongAdder> rejected = new ConcurrentHashMap<>();
  private final LongAdder batches = new LongAdder();
  private final LongAdder describedTiles = new LongAdder();
  private final LongAdder transactions = new LongAdder();
  private final LongAdder aborted = new LongAdder();
  private final LongAdder decodeNanos = new LongAdder();
  private final LongAdder inferNanos = new LongAdder();
  private final LongAdder recordNanos = new LongAdder();
  private final LongAdder commitNanos = new LongAdder();
  private final AtomicReference<Usage> usage = new AtomicReference<>(Usage.NONE);
  private final List<Flight> flights = new CopyOnWriteArrayList<>();

  /** Counts that are in no registry. */
  CaptionStats(int workers, int batchMax) {
    this(workers, batchMax, new CompositeMeterRegistry());
  }

  /** The same counts as meters of a registry, named {@code sarscribe.caption.…}. */
  CaptionStats(int workers, int batchMax, MeterRegistry meters) {
    this.workers = workers;
    this.batchMax = batchMax;
    this.meters = meters;
    StageMeters.declare(
        meters, Stage.CAPTION, List.of("INVALID_TILE", "ENGINE_FAILED", "MODEL_REFUSED"));
    count("tiles", "Tiles written to the corpus.", captioned);
    count("skipped", "Records that a recaption did not select.", skipped);
    count("superseded", "Tiles that others captioned during a recaption of them.", superseded);
    count("batches", "Batches that went through the engine.", batches);
    count("batch.tiles", "Tiles in these batches.", describedTiles);
    count("transactions", "Transactions committed.", transactions);
    count("transactions.aborted", "Transactions aborted and done again.", aborted);
    seconds("decode", decodeNanos);
    seconds("infer", inferNanos);
    seconds("record", recordNanos);
    seconds("commit", commitNanos);
    usage("tokens", "Tokens generated.", u -> u.tokens());
    usage("positions", "Positions that the decoder computed.", u -> u.positions());
    usage("padding", "Those of the positions that no text needed.", u -> u.padding());
    gauge("workers", "Captioners side by side.", s -> s.workers);
    gauge("batch.max", "Most tiles in a batch.", s -> s.batchMax);
    gauge("waiting.tiles", "Tiles that wait for the engine.", CaptionStats::waitingTiles);
    gauge("waiting.batches", "Batches that wait for a commit.", CaptionStats::waitingBatches);
  }

  private void count(String name, String what, LongAdder adder) {
    FunctionCounter.builder("sarscribe.caption." + name, adder, LongAdder::sum)
        .description(what)
        .register(meters);
  }

  private void seconds(String step, LongAdder nanos) {
    FunctionCounter.builder("sarscribe.caption.step", nanos, n -> n.sum() / 1e9)
        .description("Time spent in each step, summed over the threads that do it.")
        .baseUnit("seconds")
        .tag("step", step)
        .register(meters);
  }

  private void usage(String name, String what, ToDoubleFunction<Usage> value) {
    FunctionCounter.builder(
            "sarscribe.caption." + name, usage, used -> value.applyAsDouble(used.get()))
        .description(what)
        .register(meters);
  }

  private void gauge(String name, String what, ToDoubleFunction<CaptionStats> value) {
    Gauge.builder("sarscribe.caption." + name, this, value).description(what).register(meters);
  }

  private int waitingTiles() {
    return flights.stream().mapToInt(Flight::waitingTiles).sum();
  }

  private int waitingBatches() {
    return flights.stream().mapToInt(Flight::waitingBatches).sum();
  }

  /**
   * Time spent in each step, summed over the threads that do it.
   *
   * @param decode reading fetched records; on the poll threads
   * @param infer inside the captioners
   * @param record encoding images and making records
   * @param commit sending and committing transactions
   */
  public record Times(Duration decode, Duration infer, Duration record, Duration commit) {
    private Times minus(Times earlier) {
      return new Times(
          decode.minus(earlier.decode),
          infer.minus(earlier.infer),
          record.minus(earlier.record),
          commit.minus(earlier.commit));
    }
  }

  /**
   * The counts at one moment, or of a span of time between two.
   *
   * @param elapsed wall time
   * @param workers captioners that work side by side
   * @param batchMax most tiles in a batch
   * @param captioned tiles written to the corpus
   * @param skipped records that a recaption did not select
   * @param superseded tiles whose record by somebody else, written meanwhile, a recaption has kept
   * @param rejected tiles and malformed records refused, by the dead letter's reason
   * @param batches batches that went through the engine
   * @param describedTiles tiles in these batches
   * @param transactions transactions committed; one may hold several batches
   * @param aborted transactions aborted; their tiles were done again
   * @param times by step
   * @param usage tokens that the captioners generated, and their padding
   * @param waitingTiles fetched tiles that wait for the engine, at the end
   * @param waitingBatches described batches that wait to be committed, at the end
   */
  public record Snapshot(
      Duration elapsed,
      int workers,
      int batchMax,
      long captioned,
      long skipped,
      long superseded,
      Map<String, Long> rejected,
      long batches,
      long describedTiles,
      long transactions,
      long aborted,
      Times times,
      Usage usage,
      int waitingTiles,
      int waitingBatches) {
    public Snapshot {
      rejected = Map.copyOf(rejected);
    }

    /** Tiles written per second. */
    public double tilesPerSecond() {
      return perSecond(captioned);
    }

    /** How full the batches were, 0 to 1. */
    public double batchFill() {
      return share(describedTiles, (double) batches * batchMax);
    }

    /** Share of the wall time that a captioner was at work, 0 to 1, averaged over the workers. */
    public double inferenceBusy() {
      return share(times.infer.toNanos(), (double) elapsed.toNanos() * workers);
    }

    /** Tokens generated per second of wall time. */
    public double tokensPerSecond() {
      return perSecond(usage.tokens());
    }

    /** How the stage worked, in one line. */
    public String describe() {
      return String.format(
          Locale.ROOT,
          "batches %.0f %% full, engine busy %.0f %%, %.0f tokens/s with %.0f %% padding;"
              + " %.1f s decode, %.1f s infer, %.1f s record, %.1f s commit",
          100 * batchFill(),
          100 * inferenceBusy(),
          tokensPerSecond(),
          100 * usage.paddingShare(),
          seconds(times.decode),
          seconds(times.infer),
          seconds(times.record),
          seconds(times.commit));
    }

    private static double seconds(Duration duration) {
      return duration.toMillis() / 1000.0;
    }

    /** What was counted after an earlier moment. */
    public Snapshot since(Snapshot earlier) {
      Map<String, Long> reasons = new TreeMap<>(rejected);
      earlier.rejected.forEach((reason, count) -> reasons.merge(reason, -count, Long::sum));
      reasons.values().removeIf(count -> count == 0);
      return new Snapshot(
          elapsed.minus(earlier.elapsed),
          workers,
          batchMax,
          captioned - earlier.captioned,
          skipped - earlier.skipped,
          superseded - earlier.superseded,
          reasons,
          batches - earlier.batches,
          describedTiles - earlier.describedTiles,
          transactions - earlier.transactions,
          aborted - earlier.aborted,
          times.minus(earlier.times),
          usage.minus(earlier.usage),
          waitingTiles,
          waitingBatches);
    }

    private double perSecond(long count) {
      return share(count, elapsed.toNanos() / 1e9);
    }

    private static double share(double part, double whole) {
      return whole <= 0 ? 0 : part / whole;
    }
  }

  public Snapshot snapshot() {
    Map<String, Long> reasons = new TreeMap<>();
    rejected.forEach((reason, count) -> reasons.put(reason, count.sum()));
    return new Snapshot(
        Duration.ofNanos(System.nanoTime() - startNanos),
        workers,
        batchMax,
        captioned.sum(),
        skipped.sum(),
        superseded.sum(),
        reasons,
        batches.sum(),
        describedTiles.sum(),
        transactions.sum(),
        aborted.sum(),
        new Times(nanos(decodeNanos), nanos(inferNanos), nanos(recordNanos), nanos(commitNanos)),
        usage.get(),
        waitingTiles(),
        waitingBatches());
  }

  private static Duration nanos(LongAdder adder) {
    return Duration.ofNanos(adder.sum());
  }

  /** Queue depths are this flight's too. */
  void watch(Flight flight) {
    flights.add(flight);
  }

  void decoded(long nanos) {
    decodeNanos.add(nanos);
  }

  /** One call of a captioner. */
  void inferred(long nanos, Usage used) {
    inferNanos.add(nanos);
    usage.accumulateAndGet(used, Usage::plus);
  }

  /** One batch, in however many calls. */
  void described(int tiles) {
    if (tiles > 0) {
      batches.increment();
      describedTiles.add(tiles);
    }
  }

  void made(long nanos) {
    recordNanos.add(nanos);
  }

  void committed(BatchResult result, long nanos) {
    transactions.increment();
    commitNanos.add(nanos);
    captioned.add(result.corpus().size());
    skipped.add(result.skipped());
    superseded.add(result.superseded());
    result.letters().forEach(letter -> refused(letter.getReason()));
  }

  private void refused(String reason) {
    rejected.computeIfAbsent(reason, r -> new LongAdder()).increment();
    StageMeters.deadLetters(meters, Stage.CAPTION, reason).increment();
  }

  void aborted() {
    aborted.increment();
  }
}
