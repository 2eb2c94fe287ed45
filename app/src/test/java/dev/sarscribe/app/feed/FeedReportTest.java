package dev.sarscribe.app.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.FeedState;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FeedReportTest {
  private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");

  @Test
  void aFeedAtWorkShowsItsLagItsRateAndWhatWentWrong() {
    FeedStatus status =
        status(FeedState.WAITING, Duration.ofSeconds(20))
            .setLastItem("sentinel-1-grd/S1A_X")
            .setLastPublishedAt(NOW.minusSeconds(180))
            .setNewestItemTime(NOW.minus(Duration.ofMinutes(130)))
            .setBacklog(7L)
            .setLastPollAt(NOW.minusSeconds(90))
            .setCursor(NOW.minusSeconds(95))
            .setLastError("https://example.org: answers 503")
            .setLastErrorAt(NOW.minusSeconds(20))
            .build();

    assertThat(FeedReport.describe(status, NOW).lines())
        .containsExactly(
            "north-sea  waiting",
            "  stac        https://example.org",
            "  last item   sentinel-1-grd/S1A_X, published 3 min ago",
            "  lag         2 h 10 min since the newest item's time, 2026-11-27T09:50:00Z",
            "  rate        31 items in the last hour",
            "  items       100 published, 2 refused, 40 known, 7 left",
            "  last poll   1 min ago, read to 2026-11-27T11:58:25Z",
            "  last error  20 s ago, https://example.org: answers 503");
  }

  @Test
  void aFeedThatSaysNothingForThreePollsIsSilentAndOneThatEndedIsNot() {
    FeedStatus silent = status(FeedState.RUNNING, Duration.ofMinutes(16)).build();
    FeedStatus polling = status(FeedState.RUNNING, Duration.ofMinutes(14)).build();
    FeedStatus stopped = status(FeedState.STOPPED, Duration.ofDays(3)).build();

    assertThat(FeedReport.state(silent, NOW))
        .isEqualTo("silent since 2026-11-27T11:44:00Z, running then");
    assertThat(FeedReport.state(polling, NOW)).isEqualTo("running");
    assertThat(FeedReport.state(stopped, NOW)).isEqualTo("stopped");
  }

  private static FeedStatus.Builder status(FeedState state, Duration ago) {
    return FeedStatus.newBuilder()
        .setFeed("north-sea")
        .setKind("stac")
        .setLocation("https://example.org")
        .setState(state)
        .setPollIntervalSeconds(300)
        .setPublished(100)
        .setRefused(2)
        .setKnown(40)
        .setPublishedLastHour(31)
        .setStartedAt(NOW.minus(Duration.ofDays(1)))
        .setUpdatedAt(NOW.minus(ago));
  }
}
