package dev.sarscribe.producer.cdse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Retry;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Reprocessed;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that behaves as the documentation says. */
class CdseFeedTest {
  private static final Instant NOW = Instant.parse("2026-01-10T12:00:00Z");

  @TempDir private Path folder;
  private final MemorySink sink = new MemorySink();
  private final List<HttpAccess> opened = new ArrayList<>();
  private DataSpace space;

  @BeforeEach
  void start() throws Exception {
    space = new DataSpace();
  }

  @AfterEach
  void stop() {
    opened.forEach(HttpAccess::close);
    space.close();
  }

  private HttpAccess access(String password) throws Exception {
    Path file = folder.resolve("credentials.yaml");
    Files.writeString(
        file,
        """
        - host: 127.0.0.1
          kind: oauth2
          token-url: %s/token
          grant: password
          client-id: cdse-public
          username: someone
          password: %s
        """
            .formatted(space.root(), password));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Duration moment = Duration.ofMillis(5);
    HttpAccess access =
        HttpAccess.open(
            AccessPolicy.DEFAULT.withPrivateNetworks(true),
            Credentials.read(file),
            new Retry(3, moment, moment, moment));
    opened.add(access);
    return access;
  }

  private CdseFeed feed(Instant now, Optional<String> subscription, String from) throws Exception {
    return feed(now, subscription, from, DataSpace.PASSWORD);
  }

  private CdseFeed feed(Instant now, Optional<String> subscription, String from, String password)
      throws Exception {
    var settings =
        new CdseFeed.Settings(
            "cdse",
            space.root(),
            space.root(),
            CdseFeed.GROUND_RANGE,
            subscription,
            Optional.of(from).filter(f -> !f.isEmpty()).map(Instant::parse),
            Duration.ofHours(6),
            Duration.ofHours(1),
            Reprocessed.NEWEST);
    return new CdseFeed(settings, access(password), Clock.fixed(now, ZoneOffset.UTC));
  }

  private CdseFeed catalogue(Instant now) throws Exception {
    return feed(now, Optional.empty(), "2026-01-08T00:00:00Z");
  }

  private CdseFeed subscribed() throws Exception {
    return feed(NOW, Optional.of(DataSpace.SUBSCRIPTION), "");
  }

  private void enqueue(int from, int to) {
    for (int i = from; i < to; i++) {
      // Long ago, so that no scan of the catalogue finds them.
      space.enqueue("created", DataSpace.product(i, "2025-12-01T00:00:00.000Z"));
    }
  }

  private List<String> productIds() {
    return sink.published.stream().map(a -> a.getSource().getProductId()).toList();
  }

  @Test
  void theCatalogueIsReadPageByPageAndNothingTwice() throws Exception {
    for (int i = 0; i < 450; i++) {
      space.publish(
          DataSpace.product(i, Instant.parse("2026-01-08T01:00:00Z").plusSeconds(i) + ""));
    }

    catalogue(NOW).poll(sink);
    int requests = space.catalogueRequests;
    catalogue(NOW).poll(sink);

    assertThat(productIds()).hasSize(450).doesNotHaveDuplicates();
    assertThat(sink.cursor()).contains(NOW);
    assertThat(requests).isEqualTo(5); // a day of three pages, a day and a half without any
    assertThat(space.catalogueRequests).isEqualTo(requests + 1);
    assertThat(space.filters)
        .allMatch(f -> f.startsWith("Collection/Name eq 'SENTINEL-1' and PublicationDate ge "))
        .allMatch(f -> f.endsWith("(contains(Name,'_GRD') and not contains(Name,'_COG'))"));
  }

  @Test
  void whatAppearsLateIsFoundWithinTheOverlap() throws Exception {
    catalogue(NOW).poll(sink);
    space.publish(DataSpace.product(1, "2026-01-10T07:00:00Z"));
    space.publish(DataSpace.product(2, "2026-01-10T05:00:00Z"));

    catalogue(NOW.plusSeconds(60)).poll(sink);

    assertThat(productIds()).hasSize(1);
  }

  @Test
  void aClockThatWasInTheFutureCostsNothingOnceItIsRightAgain() throws Exception {
    catalogue(NOW.plusSeconds(100L * 24 * 3600)).poll(sink);
    space.publish(DataSpace.product(1, "2026-01-10T07:00:00Z"));

    catalogue(NOW).poll(sink);

    assertThat(productIds()).hasSize(1);
    assertThat(sink.cursor()).contains(NOW);
  }

  @Test
  void aServerThatAsksForPatienceGetsIt() throws Exception {
    space.publish(DataSpace.product(1, "2026-01-10T07:00:00Z"));
    space.refusals = 2;

    catalogue(NOW).poll(sink);

    assertThat(productIds()).hasSize(1);
  }

  @Test
  void aServerThatIsAwayIsATroubleThatPasses() throws Exception {
    space.refusals = 100;

    FeedException failure =
        catchThrowableOfType(FeedException.class, () -> catalogue(NOW).poll(sink));

    assertThat(failure.isPassing()).isTrue();
    assertThat(sink.cursor()).isEmpty();
  }

  @Test
  void aLinkToAnotherHostIsNotFollowed() throws Exception {
    for (int i = 0; i < 201; i++) {
      space.publish(DataSpace.product(i, "2026-01-10T07:00:00Z"));
    }
    space.nextLinkHost = "http://elsewhere.example";

    assertThatThrownBy(() -> catalogue(NOW).poll(sink))
        .hasMessageContaining("does not lead on in the catalogue");
  }

  @Test
  void notificationsArePublishedBeforeTheyAreAcknowledged() throws Exception {
    enqueue(0, 45);
    List<Integer> publishedAtAcknowledgement = new ArrayList<>();
    space.beforeAcknowledgement = () -> publishedAtAcknowledgement.add(sink.published.size());

    subscribed().poll(sink);

    assertThat(publishedAtAcknowledgement).containsExactly(20, 40, 45);
    assertThat(space.acknowledged).containsExactly("ack 19=", "ack 39=", "ack 44=");
    assertThat(space.queue).isEmpty();
    assertThat(productIds()).hasSize(45).doesNotHaveDuplicates();
  }

  @Test
  void aCrashBeforeTheAcknowledgementPublishesNothingTwice() throws Exception {
    enqueue(0, 30);
    space.beforeAcknowledgement =
        () -> {
          throw new IllegalStateException("the connection breaks");
        };
    assertThatThrownBy(() -> subscribed().poll(sink)).isInstanceOf(FeedException.class);
    assertThat(productIds()).hasSize(20);
    assertThat(space.queue).hasSize(30);
    space.beforeAcknowledgement = () -> {};

    subscribed().poll(sink);

    assertThat(productIds()).hasSize(30).doesNotHaveDuplicates();
    assertThat(space.queue).isEmpty();
  }

  @Test
  void nothingIsAcknowledgedThatTheBrokerDidNotTake() throws Exception {
    enqueue(0, 3);
    sink.brokerIsAway = true;
    assertThatThrownBy(() -> subscribed().poll(sink)).isInstanceOf(KafkaException.class);
    assertThat(space.acknowledged).isEmpty();
    sink.brokerIsAway = false;

    subscribed().poll(sink);

    assertThat(productIds()).hasSize(3);
  }

  @Test
  void onlyWhatThePollTookIsAcknowledged() throws Exception {
    enqueue(0, 30);
    sink.room = 7;

    subscribed().poll(sink);

    assertThat(space.acknowledged).containsExactly("ack 6=");
    assertThat(space.queue).hasSize(23);
    sink.room = Long.MAX_VALUE;
    subscribed().poll(sink);
    assertThat(productIds()).hasSize(30).doesNotHaveDuplicates();
  }

  @Test
  void aTokenThatIsRefusedBeforeItsTimeIsRenewed() throws Exception {
    enqueue(0, 1);
    CdseFeed feed = subscribed();
    feed.poll(sink);
    space.expireTokens();
    enqueue(1, 2);

    feed.poll(sink);

    assertThat(productIds()).hasSize(2);
    assertThat(space.tokens).isEqualTo(2);
  }

  @Test
  void aWrongPasswordIsATroubleThatLastsAndIsNotShown() throws Exception {
    CdseFeed feed = feed(NOW, Optional.of(DataSpace.SUBSCRIPTION), "", "a secret");

    FeedException failure = catchThrowableOfType(FeedException.class, () -> feed.poll(sink));

    assertThat(failure.isPassing()).isFalse();
    assertThat(failure)
        .hasMessageContaining("SARSCRIBE_CDSE_USERNAME")
        .hasMessageNotContaining("a secret");
  }

  @Test
  void whatALostQueueDidNotTellIsFoundInTheCatalogue() throws Exception {
    subscribed().poll(sink);
    space.publish(DataSpace.product(5, "2026-01-10T12:30:00Z"));
    CdseFeed feed = feed(NOW.plus(Duration.ofHours(1)), Optional.of(DataSpace.SUBSCRIPTION), "");

    feed.poll(sink);

    assertThat(productIds()).hasSize(1);
    int requests = space.catalogueRequests;
    feed.poll(sink);
    assertThat(space.catalogueRequests).isEqualTo(requests);
  }

  @Test
  void aProductOfBothTheQueueAndTheCatalogueIsPublishedOnce() throws Exception {
    ObjectNode product = DataSpace.product(5, "2026-01-10T11:30:00.000Z");
    space.publish(product);
    space.enqueue("created", product);

    subscribed().poll(sink);

    assertThat(productIds()).hasSize(1);
  }

  @Test
  void deletionsAndNotificationsOfOneProductGetAcknowledgedToo() throws Exception {
    ObjectNode first = DataSpace.product(1, "2025-12-01T00:00:00.000Z");
    ObjectNode changed = first.deepCopy();
    ((ObjectNode) changed.path("Checksum").path(0)).put("Value", "f".repeat(32));
    space.enqueue("created", first);
    space.enqueue("modified", changed);
    space.enqueue("deleted", DataSpace.product(2, "2025-12-01T00:00:00.000Z"));

    subscribed().poll(sink);

    assertThat(space.queue).isEmpty();
    assertThat(sink.published)
        .singleElement()
        .satisfies(a -> assertThat(a.getAssets().get(0).getChecksum()).endsWith("ffff"));
  }

  @Test
  void aProductIsAnAcquisitionWithAllThatTheCatalogueSays() throws Exception {
    space.publish(DataSpace.product(7, "2026-01-10T07:00:00Z"));

    catalogue(NOW).poll(sink);

    Acquisition acquisition = sink.published.get(0);
    var source = acquisition.getSource();
    assertThat(source.getAcquisitionId())
        .isEqualTo("S1A_IW_GRDH_1SDV_20260101T000007_20260101T000107_062007_07C007");
    assertThat(source.getProductId()).isEqualTo(source.getAcquisitionId() + "_1A2B");
    assertThat(source.getPlatform()).isEqualTo("sentinel-1a");
    assertThat(source.getInstrumentMode()).isEqualTo("IW");
    assertThat(source.getProductType()).isEqualTo("IW_GRDH_1S");
    assertThat(source.getOrbitState()).isEqualTo("descending");
    assertThat(source.getAbsoluteOrbit()).isEqualTo(62007);
    assertThat(source.getRelativeOrbit()).isEqualTo(22);
    assertThat(source.getProcessingLevel()).isEqualTo("L1");
    assertThat(source.getProcessingVersion()).isEqualTo("003.91");
    assertThat(source.getProcessedAt()).isEqualTo("2026-01-01T02:00:00Z");
    assertThat(source.getAttribution()).contains("Copernicus Sentinel data 2026");
    assertThat(acquisition.getPolarizations()).containsExactly("VV", "VH");
    assertThat(acquisition.getFootprint()).contains("Polygon");
    assertThat(acquisition.getCollection()).isEqualTo("SENTINEL-1");
    Asset archive = acquisition.getAssets().get(0);
    String id = "Products(00000000-0000-0000-0000-000000000007)";
    assertThat(archive.getUri()).isEqualTo(space.root() + "/odata/v1/" + id + "/$value");
    assertThat(archive.getSizeBytes()).isEqualTo(1_000_000_007L);
    assertThat(archive.getChecksum()).isEqualTo("d50110" + "%032x".formatted(7));
    assertThat(archive.getRoles()).contains("data");
    assertThat(acquisition.getAssets().get(1).getUri())
        .startsWith("s3://eodata/Sentinel-1/SAR/")
        .endsWith("_1A2B.SAFE");
    assertThat(acquisition.getItemUri()).isEqualTo(space.root() + "/odata/v1/" + id);
  }

  @Test
  void whatCannotBeTiledIsRefusedWithAReason() throws Exception {
    ObjectNode slc = DataSpace.product(1, "2026-01-10T07:00:00Z");
    slc.put("Name", slc.path("Name").textValue().replace("GRDH", "SLC_"));
    ((ObjectNode) slc.path("Attributes").path(0)).put("Value", "IW_SLC__1S");
    ObjectNode offline = DataSpace.product(2, "2026-01-10T07:00:01Z").put("Online", false);
    ObjectNode nameless = DataSpace.product(3, "2026-01-10T07:00:02Z");
    nameless.remove("Name");
    ObjectNode evil = DataSpace.product(4, "2026-01-10T07:00:03Z").put("Id", "1)/../x");
    ObjectNode bare = new ObjectMapper().createObjectNode();
    bare.put("PublicationDate", "2026-01-10T07:00:04Z");
    List.of(slc, offline, nameless, evil, bare).forEach(space::publish);

    catalogue(NOW).poll(sink);

    assertThat(sink.published).isEmpty();
    assertThat(sink.refused)
        .extracting(Offer.Content.Unusable::reason)
        .containsExactly(
            "UNSUPPORTED_PRODUCT",
            "UNSUPPORTED_URI",
            "MALFORMED_ITEM",
            "MALFORMED_ITEM",
            "MALFORMED_ITEM");
    offline.put("Online", true);
    catalogue(NOW).poll(sink);
    assertThat(productIds()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://host/", "ftp://host", "https://u:p@host", "https://host?x=1"})
  void aRootThatIsNoneIsRefusedAtOnce(String root) {
    assertThatThrownBy(
            () ->
                new CdseFeed.Settings(
                    "cdse",
                    URI.create(root),
                    CdseFeed.DOWNLOAD,
                    "",
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ZERO,
                    Duration.ZERO,
                    Reprocessed.NEWEST))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
