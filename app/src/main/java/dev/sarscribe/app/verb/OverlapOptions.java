package dev.sarscribe.app.verb;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a feed that is read by time begins, and how far each poll looks back. */
public final class OverlapOptions {
  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description =
          "Where a new feed begins, 2026-11-01 for instance, by the time that it is read by"
              + " (default: an overlap ago).")
  private Instant from;

  @Option(
      names = "--overlap",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "How late items may appear: each poll begins so long before where the last one ended"
              + " (default: 2d for STAC by datetime, 1h by another time; 6h for the Copernicus Data"
              + " Space).")
  private Duration overlap;

  /** Adds what is wrong with the options. */
  void check(List<String> problems) {
    if (overlap != null && overlap.isNegative()) {
      problems.add("--overlap must not be negative");
    }
  }

  Optional<Instant> from() {
    return Optional.ofNullable(from);
  }

  /** As given, else what suits the place. */
  Duration overlap(Duration otherwise) {
    return overlap == null ? otherwise : overlap;
  }
}
