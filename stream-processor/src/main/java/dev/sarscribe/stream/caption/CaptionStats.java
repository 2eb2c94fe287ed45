package dev.sarscribe.stream.caption;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a caption stage has done since it started. Counts what was committed, so work that is redone
 * after an abort counts once; only the time of inference includes it. Thread-safe.
 */
public final class CaptionStats {
  private final LongAdder captioned = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private final LongAdder aborted = new LongAdder();
  private final LongAdder inferenceNanos = new LongAdder();
  private final Map<String, LongAdder> rejected = new ConcurrentHashMap<>();

  /**
   * The counts at one moment.
   *
   * @param captioned tiles written to the corpus
   * @param rejected tiles and malformed records refused, by the dead letter's reason
   * @param batches transactions committed
   * @param aborted transactions aborted; their tiles were done again
   * @param inferenceNanos time inside the captioners, summed over the workers
   */
  public record Snapshot(
      long captioned,
      Map<String, Long> rejected,
      long batches,
      long aborted,
      long inferenceNanos) {}

  public Snapshot snapshot() {
    Map<String, Long> reasons = new TreeMap<>();
    rejected.forEach((reason, count) -> reasons.put(reason, count.sum()));
    return new Snapshot(
        captioned.sum(), Map.copyOf(reasons), batches.sum(), aborted.sum(), inferenceNanos.sum());
  }

  void committed(BatchResult result) {
    batches.increment();
    captioned.add(result.corpus().size());
    result
        .letters()
        .forEach(l -> rejected.computeIfAbsent(l.getReason(), r -> new LongAdder()).increment());
  }

  void aborted() {
    aborted.increment();
  }

  void inference(long nanos) {
    inferenceNanos.add(nanos);
  }
}
