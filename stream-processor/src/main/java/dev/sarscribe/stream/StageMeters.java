package dev.sarscribe.stream;

import dev.sarscribe.schemas.avro.Stage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Names of the meters that several stages have. A counter exists from the start for every reason
 * that is known, as a rate needs a series before its first event.
 */
public final class StageMeters {
  /** Dead letters written, by stage and reason. */
  public static final String DEAD_LETTERS = "sarscribe.dead.letters";

  private static final List<String> EVERYWHERE = List.of("MALFORMED_RECORD", "INTERNAL_ERROR");

  private StageMeters() {}

  /** Makes the counters of a stage's reasons. */
  public static void declare(MeterRegistry meters, Stage stage, Collection<String> reasons) {
    EVERYWHERE.forEach(reason -> deadLetters(meters, stage, reason));
    reasons.forEach(reason -> deadLetters(meters, stage, reason));
  }

  /** The counter of a stage's dead letters of one reason. */
  public static Counter deadLetters(MeterRegistry meters, Stage stage, String reason) {
    return Counter.builder(DEAD_LETTERS)
        .description("Records that could not be processed and were written to the dead letters.")
        .tag("stage", stage.name().toLowerCase(Locale.ROOT))
        .tag("reason", reason)
        .register(meters);
  }
}
