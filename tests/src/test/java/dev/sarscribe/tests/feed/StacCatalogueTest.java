package dev.sarscribe.tests.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Retry;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.Publication;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.producer.stac.ItemFilter;
import dev.sarscribe.producer.stac.StacFeed;
import dev.sarscribe.producer.stac.StacQuery;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The feed of a static catalogue: files on a server, found along their links. */
class StacCatalogueTest {
  private static final Instant TIME = Instant.parse("2026-11-01T00:00:00Z");

  private final Map<String, String> documents = new ConcurrentHashMap<>();
  private final Map<String, Integer> failing = new ConcurrentHashMap<>();
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger unchanged = new AtomicInteger();
  private final RecordingSink sink = new RecordingSink();
  private final HttpAccess http =
      HttpAccess.open(
          AccessPolicy.DEFAULT.withPrivateNetworks(true),
          Credentials.NONE,
          new Retry(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(1)));
  private LoopbackServer server;
  private StacFeed feed;

  @BeforeEach
  void startServer() throws Exception {
    server = LoopbackServer.serving(this::answer);
    feed = feed();
    catalogue("/catalog.json", "child 2026/collection.json", "item ./root.json");
    catalogue("/2026/collection.json", "child ../catalog.json", "child day/catalog.json");
    catalogue("/2026/day/catalog.json", "item a.json", "item b.json");
    item("/root.json", 0);
    item("/2026/day/a.json", 1);
    item("/2026/day/b.json", 2);
  }

  @AfterEach
  void stopServer() {
    http.close();
    server.close();
  }

  @Test
  void itemsAreFoundAlongRelativeLinksAndALoopIsWalkedOnce() throws Exception {
    feed.poll(sink);
    assertThat(sink.published()).containsExactlyInAnyOrder("root.json", "a.json", "b.json");
    assertThat(sent).hasValue(6 + 1); // the root is read to see what it is, and walked
  }

  @Test
  void aSecondWalkReadsOnlyWhatHasChangedAndFindsWhatIsNew() throws Exception {
    feed.poll(sink);
    sent.set(0);
    feed.poll(sink);
    assertThat(sent).as("only the root, to see what it is").hasValue(1);
    assertThat(unchanged).hasValue(3);

    item("/2026/day/c.json", 3);
    catalogue("/2026/day/catalog.json", "item a.json", "item b.json", "item c.json");
    sent.set(0);
    feed.poll(sink);
    assertThat(sink.published()).hasSize(4).contains("c.json");
    assertThat(sent).as("root, catalogue and the new item").hasValue(3);
  }

  @Test
  void aLinkThatLeadsNowhereIsADeadLetterOnceAndItsNeighboursArePublished() throws Exception {
    catalogue("/2026/day/catalog.json", "item a.json", "item gone.json", "item b.json");
    feed.poll(sink);
    feed().poll(sink);

    assertThat(sink.published()).hasSize(3);
    assertThat(sink.refused())
        .singleElement()
        .satisfies(r -> assertThat(r.reason()).isEqualTo("NOT_FOUND"))
        .satisfies(r -> assertThat(r.message()).contains("/2026/day/gone.json"));

    item("/2026/day/gone.json", 9);
    feed().poll(sink);
    assertThat(sink.published()).hasSize(4);
  }

  @Test
  void whatCannotBeReadNowIsReadByTheNextWalkAndTheRestIsPublished() throws Exception {
    failing.put("/2026/day/a.json", 503);
    assertThatThrownBy(() -> feed.poll(sink))
        .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isTrue())
        .hasMessageContaining("1 documents could not be read now");
    assertThat(sink.published()).containsExactlyInAnyOrder("root.json", "b.json");

    failing.clear();
    feed.poll(sink);
    assertThat(sink.published()).hasSize(3);
  }

  @Test
  void aWalkWhosePublicationFailsIsRepeatedInFull() throws Exception {
    RecordingSink failingSink =
        new RecordingSink() {
          @Override
          public List<Publication> publish(FeedPage page) {
            throw new KafkaException("the broker is away");
          }
        };
    assertThatThrownBy(() -> feed.poll(failingSink)).hasMessage("the broker is away");
    feed.poll(sink);
    assertThat(sink.published()).hasSize(3);
  }

  @Test
  void aBoundOnItemsIsReachedAgainAndAgainUntilAllArePublished() throws Exception {
    for (int poll = 0; poll < 4; poll++) {
      sink.room = 1;
      feed.poll(sink);
    }
    assertThat(sink.published()).hasSize(3).doesNotHaveDuplicates();
  }

  @Test
  void anAbsentRootAndOneThatIsNoCatalogueAreNamed() {
    documents.remove("/catalog.json");
    assertThatThrownBy(() -> feed.poll(sink))
        .isInstanceOfSatisfying(FeedException.class, e -> assertThat(e.isPassing()).isFalse())
        .hasMessageContaining("/catalog.json");
    documents.put("/catalog.json", "{\"title\": \"something else\"}");
    assertThatThrownBy(() -> feed.poll(sink))
        .hasMessageContaining("neither a STAC API nor a STAC catalogue");
  }

  @Test
  void aCatalogueThatLinksToTooManyIsRefusedBeforeTheyAreWalked() {
    String[] links = new String[500_001];
    Arrays.setAll(links, i -> "child /" + i);
    catalogue("/catalog.json", links);

    assertThatThrownBy(() -> feed.poll(sink))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("more than 500000 catalogues");
    assertThat(sent).hasValue(2);
  }

  @Test
  void aDocumentOfTinyValuesThatWouldFillTheMemoryIsRefused() {
    documents.put("/catalog.json", "{\"links\": [%s0]}".formatted("0,".repeat(8_000_000)));

    assertThatThrownBy(() -> feed.poll(sink))
        .isInstanceOf(FeedException.class)
        .hasMessageContaining("/catalog.json")
        .hasMessageContaining("exceeds the maximum");
  }

  private StacFeed feed() {
    return new StacFeed(
        new StacFeed.Settings(
            "test",
            server.uri("/catalog.json"),
            StacQuery.all(),
            ItemFilter.ALL,
            "datetime",
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            Reprocessed.NEWEST),
        http);
  }

  private void catalogue(String path, String... links) {
    StringBuilder list = new StringBuilder();
    for (String link : links) {
      String[] parts = link.split(" ");
      list.append(list.isEmpty() ? "" : ", ")
          .append("{\"rel\": \"%s\", \"href\": \"%s\"}".formatted(parts[0], parts[1]));
    }
    documents.put(
        path,
        "{\"type\": \"Catalog\", \"stac_version\": \"1.0.0\", \"id\": \"x\", \"links\": [%s]}"
            .formatted(list));
  }

  private void item(String path, int index) {
    var item = StacServer.item(index, TIME, TIME, TIME);
    documents.put(path, StacServer.feature(item, URI.create("https://example.org/")).toString());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String document = documents.get(path);
    if (failing.containsKey(path) || document == null) {
      exchange.sendResponseHeaders(failing.getOrDefault(path, 404), -1);
      return;
    }
    String tag = "\"%08x\"".formatted(document.hashCode());
    exchange.getResponseHeaders().set("ETag", tag);
    if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      unchanged.incrementAndGet();
      exchange.sendResponseHeaders(304, -1);
      return;
    }
    sent.incrementAndGet();
    LoopbackServer.answer(exchange, 200, document);
  }
}
