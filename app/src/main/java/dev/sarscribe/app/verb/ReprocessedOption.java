package dev.sarscribe.app.verb;

import dev.sarscribe.producer.Reprocessed;
import picocli.CommandLine.Option;

/** What another product of a known acquisition means to a feed. */
public final class ReprocessedOption {
  @Option(
      names = "--reprocessed",
      paramLabel = "WHAT",
      defaultValue = "newest",
      description =
          "Another product of a known acquisition: ${COMPLETION-CANDIDATES} (default:"
              + " ${DEFAULT-VALUE}). all makes each product an acquisition of its own.")
  private Reprocessed reprocessed = Reprocessed.NEWEST;

  Reprocessed value() {
    return reprocessed;
  }
}
