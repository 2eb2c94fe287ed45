package dev.sarscribe.app.verb;

import dev.sarscribe.producer.FeedRunner;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** How a feed is run. */
public final class FeedOptions {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final Duration LONGEST_INTERVAL = Duration.ofDays(7);

  /** A person waits for the end of one poll. */
  private static final int TROUBLES_ONCE = 3;

  @Option(names = "--once", description = "Poll once and end.")
  private boolean once;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Name of the feed: its memory of what was published, and one runs at a time (default: made"
              + " of the place and the filters, so that other filters begin anew).")
  private String name;

  @Option(
      names = "--poll-interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time between polls: 30s, 5m, 1h (default: 1s for folders, 5m for STAC).")
  private Duration pollInterval;

  @Option(
      names = "--max-items",
      paramLabel = "N",
      description = "Publish at most N items per poll; the next poll goes on (default: no bound).")
  private Long maxItems;

  /** Adds what is wrong with the options. */
  void check(List<String> problems) {
    if (name != null && !NAME.matcher(name).matches()) {
      problems.add("--name has letters, digits, '.', '_' and '-', at most 100");
    }
    if (pollInterval != null
        && (pollInterval.compareTo(SHORTEST_INTERVAL) < 0
            || pollInterval.compareTo(LONGEST_INTERVAL) > 0)) {
      problems.add("--poll-interval is 100ms to 7d");
    }
    if (maxItems != null && maxItems < 1) {
      problems.add("--max-items is 1 or more");
    }
  }

  Optional<String> name() {
    return Optional.ofNullable(name);
  }

  FeedRunner.Settings settings(Duration defaultInterval) {
    Duration interval = pollInterval == null ? defaultInterval : pollInterval;
    FeedRunner.Settings settings =
        FeedRunner.Settings.every(interval)
            .withMaxItemsPerPoll(maxItems == null ? Long.MAX_VALUE : maxItems);
    return once ? settings.once(TROUBLES_ONCE) : settings;
  }
}
