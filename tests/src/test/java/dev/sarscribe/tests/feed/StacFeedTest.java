package dev.sarscribe.tests.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Retry;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.producer.stac.ItemFilter;
import dev.sarscribe.producer.stac.ItemOffers;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.producer.stac.StacQuery;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The feed of a STAC API against a server on loopback that behaves, and one that does not. */
class StacFeedTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private static final Retry QUICK =
      new Retry(6, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(5));

  private final RecordingSink sink = new RecordingSink();
  private final HttpAccess http =
      HttpAccess.open(AccessPolicy.DEFAULT.withPrivateNetworks(true), Credentials.NONE, QUICK);
  private StacServer server;

  @BeforeEach
  void startServer() throws Exception {
    server = new StacServer(1);
  }

  @AfterEach
  void stopServer() {
    http.close();
    server.close();
  }

  @Test
  void everyItemOfEveryPageIsOfferedAndTheCursorIsAtTheEnd() throws Exception {
    put(0, 250, NOW.minusSeconds(4000));

    feed("datetime").poll(sink);

    assertThat(sink.published()).hasSize(250).doesNotHaveDuplicates();
    assertThat(sink.cursor.orElseThrow()).isBetween(NOW, Instant.now());
    assertThat(server.requests("POST", "/search")).isGreaterThanOrEqualTo(25);
    assertThat(server.requests("GET", "/search")).isZero();
    assertThat(server.lastRequest()).contains("\"sortby\"", "\"properties.datetime\"");
  }

  @Test
  void aServerWithoutPostIsAskedByGetWhetherItSaysSoOrNot() throws Exception {
    put(0, 30, NOW.minusSeconds(4000));
    server.withoutPost(true);
    feed("datetime").poll(sink);
    assertThat(sink.published()).hasSize(30);
    assertThat(server.requests("POST", "/search")).isPositive();

    int asked = server.requests("POST", "/search");
    server.withoutPost(false);
    RecordingSink second = new RecordingSink();
    feed("datetime").poll(second);
    assertThat(second.published()).hasSize(30);
    assertThat(server.requests("POST", "/search")).isEqualTo(asked);
  }

  @Test
  void aSecondPollFindsWhatAppearedLateWithinTheOverlapAndNothingTwice() throws Exception {
    put(0, 20, NOW.minusSeconds(4000));
    StacFeed feed = feed("datetime");
    feed.poll(sink);
    put(20, 5, NOW.minusSeconds(3000));
    feed.poll(sink);

    assertThat(sink.published()).hasSize(25).doesNotHaveDuplicates();
  }

  @Test
  void aFeedThatFailsFromItsFirstPollOnStillBeginsWhereItBegan() throws Exception {
    server.put(StacServer.item(1, NOW.minus(Duration.ofHours(47)), NOW, Instant.EPOCH));
    put(2, 100, NOW.minusSeconds(4000));
    server.loop();
    assertThatThrownBy(() -> feed("datetime").poll(sink)).isInstanceOf(FeedException.class);

    assertThat(sink.cursor.orElseThrow()).isBetween(NOW, Instant.now());
  }

  @Test
  void aChangedItemIsOfferedAgainAndAnUnchangedOneIsNot() throws Exception {
    put(0, 3, NOW.minusSeconds(4000));
    StacFeed feed = feed("datetime");
    feed.poll(sink);
    server.put(StacServer.item(1, NOW.minusSeconds(3999), NOW.minusSeconds(5), Instant.EPOCH));
    feed.poll(sink);

    assertThat(sink.published()).hasSize(4);
    assertThat(sink.published().get(3)).isEqualTo(id(1));
  }

  @Test
  void faultsOfAnyKindLoseNothingAndDoubleNothing() throws Exception {
    put(0, 300, NOW.minusSeconds(4000));
    server.withoutSort();
    server.fail(StacServer.Faults.MANY);
    StacFeed feed = feed("datetime");

    int failures = 0;
    for (int poll = 0; poll < 30; poll++) {
      try {
        feed.poll(sink);
      } catch (FeedException e) {
        assertThat(e.isPassing()).as(e.getMessage()).isTrue();
        failures++;
      }
      put(300 + poll, 1, NOW.minusSeconds(4000));
    }
    server.fail(StacServer.Faults.NONE);
    feed.poll(sink);

    assertThat(server.faultsSeen()).isGreaterThan(50);
    assertThat(failures).as("polls that failed").isLessThan(30);
    assertThat(sink.published()).hasSize(330).doesNotHaveDuplicates();
  }

  @Test
  void aServerThatSaysNothingIsAskedAgainAndInTheEndWaitedFor() throws Exception {
    put(0, 5, NOW.minusSeconds(60));
    Duration second = Duration.ofSeconds(1);
    var limits = new AccessPolicy.TimeLimits(second, Duration.ofMillis(200), second, second);
    AccessPolicy policy = AccessPolicy.DEFAULT.withPrivateNetworks(true).withLimits(limits);
    try (HttpAccess impatient = HttpAccess.open(policy, Credentials.NONE, QUICK)) {
      var feed = new StacFeed(settings("datetime", StacQuery.all(), ItemFilter.ALL), impatient);
      server.stall(100);
      assertThatThrownBy(() -> feed.poll(sink))
          .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isTrue());

      server.stall(2);
      feed.poll(sink);
      assertThat(sink.published()).hasSize(5);
    }
  }

  @Test
  void publicationTimesAreSearchedThroughTheFilter() throws Exception {
    server.put(StacServer.item(1, NOW.minus(Duration.ofDays(90)), NOW.minusSeconds(60), NOW));
    feed("updated").poll(sink);

    assertThat(sink.published()).containsExactly(id(1));
    assertThat(server.lastRequest()).contains("cql2-json", "\"property\":\"updated\"");
  }

  @Test
  void aUsersTextFilterIsJoinedWithTheTimesInItsOwnEncoding() throws Exception {
    put(0, 1, NOW.minusSeconds(60));
    StacQuery query =
        StacQuery.all().withFilter(new StacQuery.Filter.Text("sat:relative_orbit = 88"));
    new StacFeed(settings("updated", query, ItemFilter.ALL), http).poll(sink);

    assertThat(sink.published()).hasSize(1);
    assertThat(server.lastRequest())
        .contains("filter-lang=cql2-text", "(sat:relative_orbit = 88) AND updated >= TIMESTAMP('");
    assertThat(server.requests("POST", "/search")).isZero();
  }

  @Test
  void anApiThatCannotFilterIsRefusedWithWhatItCan() {
    server.withoutFilter();
    assertThatThrownBy(() -> feed("updated").poll(sink))
        .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isFalse())
        .hasMessageContaining("cannot filter")
        .hasMessageContaining("only by datetime");
  }

  @Test
  void aBadFilterOrAMissingRightLastsAndAServerInTroublePasses() {
    put(0, 1, NOW.minusSeconds(60));
    for (int status : List.of(400, 401, 403, 404)) {
      server.failWith(status);
      assertThatThrownBy(() -> feed("datetime").poll(sink))
          .as("%d", status)
          .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isFalse())
          .hasMessageContaining("127.0.0.1")
          .hasMessageContaining("" + status);
    }
    for (int status : List.of(429, 500, 502, 503)) {
      server.failWith(status);
      assertThatThrownBy(() -> feed("datetime").poll(sink))
          .as("%d", status)
          .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isTrue());
    }
    assertThat(sink.published()).isEmpty();
  }

  @Test
  void pagesThatLinkInACircleEndThePoll() {
    put(0, 15, NOW.minusSeconds(60));
    server.loop();
    assertThatThrownBy(() -> feed("datetime").poll(sink))
        .hasMessageContaining("a page that was read before");
    assertThat(sink.published()).isNotEmpty();
  }

  @Test
  void aServerThatIgnoresTheTimeIsNotRepublishedOnceItsItemsAreForgotten() throws Exception {
    put(0, 5, NOW.minus(Duration.ofDays(30)));
    put(10, 5, NOW.minusSeconds(60));
    server.ignoreTime();
    StacFeed feed = feed("datetime");
    feed.poll(sink);
    feed.poll(sink);

    assertThat(sink.published()).hasSize(5);
  }

  @Test
  void aClockThatIsAheadOfTheServersDoesNotMoveTheCursorAheadOfIt() throws Exception {
    Clock ahead = Clock.fixed(NOW.plus(Duration.ofDays(3)), ZoneOffset.UTC);
    put(0, 5, NOW.minusSeconds(60));
    new StacFeed(settings("datetime", StacQuery.all(), ItemFilter.ALL), http, ahead).poll(sink);

    assertThat(sink.published()).hasSize(5);
    assertThat(sink.cursor.orElseThrow()).isBefore(NOW.plusSeconds(120));
  }

  @Test
  void aClockThatIsBehindTheServersFindsAllAndDoesNotMoveTheCursorAheadOfItself() throws Exception {
    StacFeed feed = feed("datetime");
    feed.poll(sink);
    sink.cursor = Optional.of(NOW.minus(Duration.ofDays(4)));
    put(0, 5, NOW.minusSeconds(60));
    Clock behind = Clock.fixed(NOW.minus(Duration.ofDays(3)), ZoneOffset.UTC);
    new StacFeed(settings("datetime", StacQuery.all(), ItemFilter.ALL), http, behind).poll(sink);

    assertThat(sink.published()).hasSize(5);
    assertThat(sink.cursor).contains(NOW.minus(Duration.ofDays(3)));
  }

  @Test
  void aCursorThatAWrongClockHasSetIntoTheFutureIsSetBack() throws Exception {
    sink.cursor = Optional.of(NOW.plus(Duration.ofDays(20_000)));
    put(0, 5, NOW.minusSeconds(1100));
    feed("datetime").poll(sink);
    feed("datetime").poll(sink);

    assertThat(sink.published()).hasSize(5);
    assertThat(sink.cursor.orElseThrow()).isBetween(NOW, Instant.now());
  }

  @Test
  void whatWasForgottenIsNotAskedForThoughTheServersClockFallsBack() throws Exception {
    put(0, 5, NOW.minus(Duration.ofDays(10)));
    sink.cursor = Optional.of(NOW);
    Clock farBehind = Clock.fixed(NOW.minus(Duration.ofDays(30)), ZoneOffset.UTC);
    new StacFeed(settings("datetime", StacQuery.all(), ItemFilter.ALL), http, farBehind).poll(sink);

    assertThat(sink.published()).isEmpty();
    assertThat(sink.cursor).contains(NOW);
  }

  @Test
  void aServerThatSaysThatNothingHasChangedBeforeAnythingWasReadIsNamed() {
    server.failWith(304);
    assertThatThrownBy(() -> feed("datetime").poll(sink))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining(server.root() + ": answers 304");
  }

  @Test
  void aBoundOnItemsKeepsTheCursorUntilThePollThatReachesTheEnd() throws Exception {
    put(0, 30, NOW.minusSeconds(4000));
    StacFeed feed = feed("datetime");
    sink.room = 12;
    feed.poll(sink);
    assertThat(sink.published()).hasSize(12);
    Instant cursor = sink.cursor.orElseThrow();

    sink.room = 100;
    feed.poll(sink);
    assertThat(sink.published()).hasSize(30).doesNotHaveDuplicates();
    assertThat(sink.cursor.orElseThrow()).isAfterOrEqualTo(cursor);
  }

  @Test
  void theCursorMovesThroughYearsInStepsAndForgetsWhatLiesBehind() throws Exception {
    IntStream.range(0, 100).forEach(i -> put(i, 1, NOW.minus(Duration.ofDays(10L * (i + 1)))));
    var settings =
        new StacFeed.Settings(
            "test",
            server.root(),
            StacQuery.all().withLimit(10),
            ItemFilter.ALL,
            "datetime",
            Optional.of(NOW.minus(Duration.ofDays(1200))),
            Optional.empty(),
            Duration.ofDays(1),
            Reprocessed.NEWEST);
    new StacFeed(settings, http).poll(sink);

    assertThat(sink.published()).hasSize(100).doesNotHaveDuplicates();
    assertThat(sink.known).hasSizeLessThan(10);
    assertThat(server.requests("POST", "/search")).isLessThan(60);
  }

  @Test
  void conveniencesAreAppliedToItemsHere() throws Exception {
    put(0, 2, NOW.minusSeconds(60));
    var slc = new ItemFilter(Set.of("SLC"), Set.of(), Set.of());
    new StacFeed(settings("datetime", StacQuery.all(), slc), http).poll(sink);
    assertThat(sink.published()).isEmpty();

    var grd = new ItemFilter(Set.of("grd"), Set.of("IW"), Set.of("vh"));
    new StacFeed(settings("datetime", StacQuery.all(), grd), http).poll(sink);
    assertThat(sink.published()).hasSize(2);
  }

  @Test
  void whatIsNoRootOfAStacApiIsNamedWithWhatToDo() {
    assertThatThrownBy(
            () -> new StacFeed(settings(server.root().resolve("/search")), http).poll(sink))
        .hasMessageContaining("is a list of items")
        .hasMessageContaining("give the root of the API");
  }

  @Test
  void signedUrlsAndTheOrderOfFieldsDoNotChangeAFingerprintAndAnAssetDoes() throws Exception {
    var json = new ObjectMapper();
    var item = StacServer.item(1, NOW, NOW, NOW);
    var first = StacServer.feature(item, server.root());
    var second = json.readTree(first.toString().replaceAll("sig=-?\\d+", "sig=another&se=later"));
    var third = json.readTree(first.toString().replace("vv.tif", "vv2.tif"));
    for (var feature : List.of(first, second, third)) {
      ((ObjectNode) feature.path("properties")).remove("updated");
    }
    var offers = new ItemOffers("f", Reprocessed.NEWEST);
    String fingerprint = offers.ofApi(first, server.root(), "datetime").fingerprint();

    assertThat(offers.ofApi(second, server.root(), "datetime").fingerprint())
        .isEqualTo(fingerprint);
    assertThat(offers.ofApi(third, server.root(), "datetime").fingerprint())
        .isNotEqualTo(fingerprint);
  }

  private void put(int first, int count, Instant datetime) {
    for (int i = first; i < first + count; i++) {
      Instant time = datetime.plusSeconds(i % 1000);
      server.put(StacServer.item(i, time, datetime, Instant.EPOCH));
    }
  }

  private static String id(int index) {
    return StacServer.item(index, NOW, NOW, NOW).id();
  }

  private StacFeed feed(String property) {
    return new StacFeed(settings(property, StacQuery.all().withLimit(10), ItemFilter.ALL), http);
  }

  private StacFeed.Settings settings(String property, StacQuery query, ItemFilter filter) {
    return settings(server.root(), property, query, filter);
  }

  private static StacFeed.Settings settings(URI location) {
    return settings(location, "datetime", StacQuery.all(), ItemFilter.ALL);
  }

  private static StacFeed.Settings settings(
      URI location, String property, StacQuery query, ItemFilter filter) {
    return new StacFeed.Settings(
        "test",
        location,
        query,
        filter,
        property,
        Optional.empty(),
        Optional.empty(),
        Duration.ofDays(2),
        Reprocessed.NEWEST);
  }
}
