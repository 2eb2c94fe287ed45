package dev.sarscribe.app.feed;

import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A feed's status for a person. */
public final class FeedReport {
  /** A feed tells its status every 30 s, and with each poll if those are further apart. */
  private static final Duration SHORTEST_SILENCE = Duration.ofMinutes(2);

  private static final int POLLS_OF_SILENCE = 3;

  private FeedReport() {}

  /** Some lines, the first with name and state. */
  public static String describe(FeedStatus status, Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add("%s  %s".formatted(status.getFeed(), state(status, now)));
    add(lines, status.getKind(), status.getLocation());
    if (status.getLastItem() != null) {
      add(
          lines,
          "last item",
          "%s, published %s"
              .formatted(status.getLastItem(), ago(status.getLastPublishedAt(), now)));
    }
    if (status.getNewestItemTime() != null) {
      add(
          lines,
          "lag",
          "%s since the newest item's time, %s"
              .formatted(
                  span(Duration.between(status.getNewestItemTime(), now)),
                  status.getNewestItemTime()));
    }
    add(lines, "rate", status.getPublishedLastHour() + " items in the last hour");
    add(
        lines,
        "items",
        "%d published, %d refused, %d known%s"
            .formatted(
                status.getPublished(),
                status.getRefused(),
                status.getKnown(),
                status.getBacklog() == null ? "" : ", %d left".formatted(status.getBacklog())));
    if (status.getLastPollAt() != null) {
      add(
          lines,
          "last poll",
          ago(status.getLastPollAt(), now)
              + (status.getCursor() == null ? "" : ", read to " + status.getCursor()));
    }
    if (status.getLastError() != null) {
      add(
          lines,
          "last error",
          "%s, %s".formatted(ago(status.getLastErrorAt(), now), status.getLastError()));
    }
    return String.join(System.lineSeparator(), lines);
  }

  /** What the feed says of itself, or that it says nothing any more. */
  static String state(FeedStatus status, Instant now) {
    Duration silence = Duration.between(status.getUpdatedAt(), now);
    Duration polls = Duration.ofSeconds((long) POLLS_OF_SILENCE * status.getPollIntervalSeconds());
    Duration limit = polls.compareTo(SHORTEST_SILENCE) > 0 ? polls : SHORTEST_SILENCE;
    boolean ended = status.getState() == FeedState.STOPPED || status.getState() == FeedState.FAILED;
    String state = status.getState().name().toLowerCase(Locale.ROOT);
    return ended || silence.compareTo(limit) < 0
        ? state
        : "silent since %s, %s then".formatted(status.getUpdatedAt(), state);
  }

  private static void add(List<String> lines, String name, String value) {
    lines.add("  %-11s %s".formatted(name, value));
  }

  private static String ago(Instant time, Instant now) {
    return time == null ? "never" : span(Duration.between(time, now)) + " ago";
  }

  private static String span(Duration duration) {
    if (duration.isNegative()) {
      return "-" + span(duration.negated());
    }
    if (duration.toDays() > 1) {
      return "%d d %d h".formatted(duration.toDays(), duration.toHoursPart());
    }
    if (duration.toHours() > 0) {
      return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
    }
    return duration.toMinutes() > 0 ? duration.toMinutes() + " min" : duration.toSeconds() + " s";
  }
}
