package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.Stage;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileJob;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import dev.sarscribe.stream.tiling.FakeImagery.FakeScene;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TilingTopologyTest {
  private static final String ID = "S1A_TEST";
  private static final int TILE = 64;

  @TempDir Path folder;
  private final FakeImagery imagery = new FakeImagery();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final WireFormat wire = WireFormat.of(Optional.empty());
  private Path product;
  private final ErrandRunner runner = new ErrandRunner(1);
  private final GuardedProcessor.Errands errands =
      new GuardedProcessor.Errands(runner, Patience.DEFAULT);
  private TopologyTestDriver driver;
  private DriverTopics topics;

  @BeforeEach
  void start() {
    product = folder.resolve("product.tif");
    var settings = settings(FakeImagery.RECIPE);
    driver =
        new TopologyTestDriver(
            TilingTopology.build(settings, wire, imagery, errands, new TilingStats(meters)),
            TilingStage.properties(settings));
    topics = new DriverTopics(driver, wire);
  }

  @AfterEach
  void stop() {
    driver.close();
    runner.close();
    assertThat(imagery.closed).isEqualTo(imagery.opened);
  }

  @Test
  void everyTileOfEveryPolarizationIsCutOnceWithItsGeometry() {
    imagery.products.put(
        product, List.of(new FakeScene("VV", 192, 130), new FakeScene("VH", 128, 64)));

    offer(ID);

    List<Tile> tiles = topics.read(Topics.TILES);
    assertThat(tiles)
        .extracting(Tile::getTileId)
        .containsExactly(
            ID + "/VV/0_0",
            ID + "/VV/64_0",
            ID + "/VV/128_0",
            ID + "/VV/0_64",
            ID + "/VV/64_64",
            ID + "/VV/128_64",
            ID + "/VH/0_0",
            ID + "/VH/64_0");
    assertThat(tiles).extracting(Tile::getTileIndex).containsExactly(0, 1, 2, 3, 4, 5, 9, 10);
    Tile tile = tiles.get(4);
    assertThat(tile.getPixels().remaining()).isEqualTo(TILE * TILE);
    assertThat(tile.getValidFraction()).isEqualTo(1);
    assertThat(tile.getRecipeParameters()).isEqualTo("rounding of VV");
    assertThat(tile.getGeometry().getFootprint()).startsWith("{\"type\":\"Polygon\"");
    assertThat(tile.getGeometry().getCentreLon()).isEqualTo(10 + 96 / 10_000.0);
    assertThat(tile.getGeometry().getIncidenceAngleDeg()).isEqualTo(30.96);
    assertThat(tile.getGeometry().getPixelSpacingYM()).isEqualTo(11);
    AcquisitionProgress progress = progress();
    assertThat(progress.getPlanned()).isEqualTo(11);
    assertThat(progress.getTiled()).isEqualTo(8);
    assertThat(progress.getRejected()).isEqualTo(Map.of("TOO_SMALL", 3));
  }

  @Test
  void anAcquisitionOfferedAgainIsDroppedBeforeAnyWork() {
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64)));
    offer(ID);
    int opened = imagery.opened;

    offer(ID);

    assertThat(imagery.opened).isEqualTo(opened);
    assertThat(topics.read(Topics.TILES)).hasSize(1);
    assertThat(progress().getDuplicates()).isEqualTo(1);
  }

  @Test
  void junkOnAnySourceBecomesADeadLetterAndTheRestGoesOn() {
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64)));
    byte[] junk = "not Avro".getBytes(StandardCharsets.UTF_8);
    for (Topic<?> topic : sources()) {
      topics.send(topic, "junk", junk, new RecordHeaders());
    }
    offer(ID);

    List<DeadLetter> letters = topics.read(Topics.DEAD_LETTERS);
    assertThat(letters)
        .extracting(DeadLetter::getTopic)
        .containsExactlyElementsOf(sources().stream().map(Topic::name).toList());
    assertThat(letters)
        .extracting(DeadLetter::getStage)
        .containsExactly(Stage.PLAN, Stage.TILE, Stage.PROGRESS);
    assertThat(letters)
        .allSatisfy(
            letter -> {
              assertThat(letter.getReason()).isEqualTo("MALFORMED_RECORD");
              assertThat(letter.getValue().array()).isEqualTo(junk);
              assertThat(letter.getScene()).isEqualTo("junk");
            });
    assertThat(topics.read(Topics.TILES)).hasSize(1);
  }

  @Test
  void aProductWithASceneThatFailsIsRefusedAsAWholeAndAcceptedAfterRepair() {
    var damaged = new FakeScene("VH", 64, 64);
    damaged.failAtRow = 0;
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64), damaged));
    offer(ID);

    DeadLetter letter = topics.read(Topics.DEAD_LETTERS).get(0);
    assertThat(letter.getReason()).isEqualTo("TRUNCATED");
    assertThat(letter.getMessage()).startsWith("scene.tif");
    AcquisitionProgress failed = progress();
    assertThat(failed.getState()).isEqualTo(ProgressState.FAILED);
    assertThat(failed.getReason()).isEqualTo("TRUNCATED");
    assertThat(topics.read(Topics.TILES)).isEmpty();

    damaged.failAtRow = Integer.MAX_VALUE;
    offer(ID);

    assertThat(topics.read(Topics.TILES)).hasSize(2);
    assertThat(progress().getState()).isEqualTo(ProgressState.RUNNING);
  }

  @Test
  void aBandThatCannotBeReadIsADeadLetterAndPlannedStillIsCaptionedPlusRejected() {
    var scene = new FakeScene("VV", 128, 192);
    scene.failAtRow = 100;
    imagery.products.put(product, List.of(scene));
    offer(ID);

    List<DeadLetter> letters = topics.read(Topics.DEAD_LETTERS);
    assertThat(letters)
        .extracting(DeadLetter::getScene)
        .containsExactly(ID + "/VV/1", ID + "/VV/2");
    assertThat(letters).allSatisfy(l -> assertThat(l.getReason()).isEqualTo("TRUNCATED"));
    assertThat(topics.decode(Topics.TILE_JOBS, letters.get(0).getValue().array()).getBand())
        .isEqualTo(1);
    List<Tile> tiles = topics.read(Topics.TILES);
    assertThat(tiles).hasSize(2);

    captioned(tiles);

    AcquisitionProgress progress = progress();
    assertThat(progress.getState()).isEqualTo(ProgressState.DONE);
    assertThat(progress.getCaptioned()).isEqualTo(2);
    assertThat(progress.getRejected()).isEqualTo(Map.of("UNREADABLE_TRUNCATED", 4));
  }

  @Test
  void tilesWithoutEnoughValidPixelsAreCountedByReason() {
    var scene = new FakeScene("VV", 256, 64);
    scene.nodataColumns = 64 + 48;
    imagery.products.put(product, List.of(scene));

    offer(ID);

    assertThat(progress().getRejected()).isEqualTo(Map.of("NO_DATA", 1, "TOO_LITTLE_VALID", 1));
    assertThat(topics.read(Topics.TILES)).hasSize(2);
    assertThat(topics.read(Topics.DEAD_LETTERS)).isEmpty();
  }

  @Test
  void whatBecomesOfAcquisitionsAndTilesIsCounted() {
    var scene = new FakeScene("VV", 256, 64);
    scene.nodataColumns = 64 + 48;
    imagery.products.put(product, List.of(scene));
    offer(ID);
    offer(ID);
    topics.send(Topics.ACQUISITIONS, "gone", acquisition("gone", "file:/nowhere.tif"));

    assertThat(count("sarscribe.tiling.acquisitions", "outcome", "planned")).isEqualTo(1);
    assertThat(count("sarscribe.tiling.acquisitions", "outcome", "duplicate")).isEqualTo(1);
    assertThat(count("sarscribe.tiling.acquisitions", "outcome", "failed")).isEqualTo(1);
    assertThat(count("sarscribe.tiling.rejected", "reason", "NO_DATA")).isEqualTo(1);
    assertThat(count("sarscribe.dead.letters", "reason", "NOT_FOUND", "stage", "plan"))
        .isEqualTo(1);
    assertThat(meters.get("sarscribe.tiling.tiles").counter().count()).isEqualTo(2);
    assertThat(meters.get("sarscribe.tiling.step").tag("step", "cut").functionCounter().count())
        .isPositive();
    assertThat(meters.get("sarscribe.acquisitions.unfinished").gauge().value()).isEqualTo(1);
    assertThat(meters.get("sarscribe.acquisitions.oldest.unfinished.age").gauge().value())
        .isPositive();

    captioned(topics.read(Topics.TILES));

    assertThat(meters.get("sarscribe.acquisitions.unfinished").gauge().value()).isZero();
    assertThat(meters.get("sarscribe.acquisitions.oldest.unfinished.age").gauge().value()).isZero();
  }

  @Test
  void whatFollowsFromAnAcquisitionIsOfItsTrace() {
    imagery.products.put(product, List.of(new FakeScene("VV", 128, 64)));
    Acquisition acquisition = acquisition(ID, product.toUri().toString());
    TraceParent trace = TraceParent.begin();
    byte[] value = wire.encode(Topics.ACQUISITIONS, acquisition);
    byte[] key = ID.getBytes(StandardCharsets.UTF_8);
    var headers = EventHeaders.of(Topics.ACQUISITIONS, key, value, trace);
    topics.send(Topics.ACQUISITIONS, ID, value, headers);
    topics.send(Topics.ACQUISITIONS, "gone", acquisition("gone", "file:/nowhere.tif"));

    Set<String> spans = new HashSet<>(Set.of(trace.spanId()));
    int records = 0;
    for (Topic<?> topic :
        List.of(Topics.TILE_JOBS, Topics.TILES, Topics.PROGRESS_EVENTS, Topics.PROGRESS)) {
      for (var record : topics.records(topic)) {
        if (record.key().startsWith(ID)) {
          TraceParent step = TraceParent.of(record.headers());
          assertThat(step.traceId()).as(topic.name()).isEqualTo(trace.traceId());
          spans.add(step.spanId());
          records++;
        }
        assertThat(record.headers().lastHeader("ce_type").value())
            .asString()
            .isEqualTo(topic.eventType());
      }
    }
    assertThat(records).isEqualTo(1 + 2 + 2 + 2);
    assertThat(spans).hasSize(records + 1);
    var letter = topics.records(Topics.DEAD_LETTERS).get(0);
    assertThat(TraceParent.of(letter.headers()).traceId()).isNotEqualTo(trace.traceId());
  }

  private double count(String name, String... tags) {
    return meters.get(name).tags(tags).counter().count();
  }

  @Test
  void aBugInAReaderCostsItsRecordOnly() {
    var scene = new FakeScene("VV", 64, 64);
    scene.bug = new ArrayIndexOutOfBoundsException("bug");
    imagery.products.put(product, List.of(scene));

    offer(ID);

    assertThat(topics.read(Topics.DEAD_LETTERS))
        .extracting(DeadLetter::getReason)
        .containsExactly("INTERNAL_ERROR");
    assertThat(progress().getState()).isEqualTo(ProgressState.FAILED);
  }

  @Test
  void aSceneThatChangedItsSizeSinceItWasPlannedIsRefused() {
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64)));
    offer(ID);
    TileJob job = topics.read(Topics.TILE_JOBS).get(0);
    TileJob other = TileJob.newBuilder(job).setSceneWidth(65).build();

    topics.send(Topics.TILE_JOBS, ID + "/VV/0", other);

    assertThat(topics.read(Topics.DEAD_LETTERS))
        .extracting(DeadLetter::getReason)
        .containsExactly("SIZE_MISMATCH");
  }

  @Test
  void aJobWhoseNumbersMakeNoSenseIsRefused() {
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64)));
    offer(ID);
    TileJob job = topics.read(Topics.TILE_JOBS).get(0);

    topics.send(Topics.TILE_JOBS, "a", TileJob.newBuilder(job).setSceneWidth(-1).build());
    topics.send(Topics.TILE_JOBS, "b", TileJob.newBuilder(job).setTileSize(1).setBand(64).build());
    topics.send(Topics.TILE_JOBS, "c", TileJob.newBuilder(job).setRecipe("other/1").build());

    assertThat(topics.read(Topics.DEAD_LETTERS))
        .extracting(DeadLetter::getReason)
        .containsExactly("INVALID_JOB", "INVALID_JOB", "UNSUPPORTED");
  }

  @Test
  void whatCannotBeOpenedOrIsKeyedWronglyIsRefused() {
    topics.send(Topics.ACQUISITIONS, "gone", acquisition("gone", product.toUri().toString()));
    topics.send(Topics.ACQUISITIONS, "one", acquisition("other", product.toUri().toString()));

    assertThat(topics.read(Topics.DEAD_LETTERS))
        .extracting(DeadLetter::getReason)
        .containsExactly("NOT_FOUND", "KEY_MISMATCH");
  }

  @Test
  void progressEventsThatPointOutsideAnyPlanAreRefused() {
    var outside = new TileOutcome(-1, TileStatus.TILED, null);
    var far = new TileOutcome(Integer.MAX_VALUE, TileStatus.TILED, null);

    topics.send(Topics.PROGRESS_EVENTS, ID, ProgressEvents.tiles(ID, List.of(outside)));
    topics.send(Topics.PROGRESS_EVENTS, ID, ProgressEvents.tiles(ID, List.of(far)));
    topics.send(Topics.PROGRESS_EVENTS, ID, ProgressEvents.planned(ID, 0));

    assertThat(topics.read(Topics.DEAD_LETTERS))
        .extracting(DeadLetter::getReason)
        .containsExactly("INVALID_EVENT", "INVALID_EVENT", "INVALID_EVENT");
  }

  @Test
  void anUnknownRecipeIsRefusedWhenTheTopologyIsBuilt() {
    assertThatThrownBy(
            () ->
                TilingTopology.build(
                    settings("other/1"), wire, imagery, errands, new TilingStats(meters)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("other/1");
  }

  private TilingSettings settings(String recipe) {
    var kafka = new KafkaConnection("localhost:9092", Optional.empty(), Map.of());
    return new TilingSettings(
        kafka, "tiling", "here", folder.resolve("state"), 1, TILE, 32, 0.5, recipe);
  }

  private static List<Topic<?>> sources() {
    return List.of(Topics.ACQUISITIONS, Topics.TILE_JOBS, Topics.PROGRESS_EVENTS);
  }

  @Test
  void theSameProductWithOtherContentIsPlannedAnewAndAReprocessedOneThatIsNoNewerIsNot() {
    imagery.products.put(product, List.of(new FakeScene("VV", TILE, TILE)));
    String uri = product.toUri().toString();
    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "incomplete"));
    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "complete"));
    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "complete"));
    Acquisition reprocessed = acquisition(ID, uri, "other");
    reprocessed =
        Acquisition.newBuilder(reprocessed)
            .setSource(
                AcquisitionSource.newBuilder(reprocessed.getSource())
                    .setProductId(ID + "_P2")
                    .build())
            .build();
    topics.send(Topics.ACQUISITIONS, ID, reprocessed);

    assertThat(progress().getDuplicates()).isEqualTo(2);
    assertThat(topics.read(Topics.TILES)).hasSize(2);
  }

  @Test
  void aProductThatIsReplacedAtItsPathIsCutFromTheNewOne() {
    String uri = product.toUri().toString();
    imagery.products.put(product, List.of(new FakeScene("VV", 2 * TILE, TILE)));
    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "incomplete"));
    assertThat(topics.read(Topics.TILES)).hasSize(2);
    imagery.products.put(product, List.of(new FakeScene("VV", 3 * TILE, TILE)));

    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "complete"));

    assertThat(topics.read(Topics.TILES)).hasSize(3);
    assertThat(progress().getRejected()).isEmpty();
    assertThat(topics.read(Topics.DEAD_LETTERS)).isEmpty();
  }

  @Test
  void aProductProcessedLaterIsPlannedAnewAndItsSumsHoldWithFewerTiles() {
    imagery.products.put(product("_P1"), List.of(new FakeScene("VV", 3 * TILE, TILE)));
    topics.send(Topics.ACQUISITIONS, ID, processed("_P1", "2026-01-01T00:00:00Z"));
    captioned(topics.read(Topics.TILES));
    assertThat(progress().getState()).isEqualTo(ProgressState.DONE);
    imagery.products.put(product("_P2"), List.of(new FakeScene("VV", 2 * TILE, TILE)));

    topics.send(Topics.ACQUISITIONS, ID, processed("_P2", "2026-01-02T00:00:00Z"));
    topics.send(Topics.ACQUISITIONS, ID, processed("_P1", "2026-01-01T00:00:00Z"));

    List<Tile> tiles = topics.read(Topics.TILES);
    AcquisitionProgress running = progress();
    assertThat(running.getState()).isEqualTo(ProgressState.RUNNING);
    assertThat(running.getPlanned()).isEqualTo(2);
    assertThat(running.getDuplicates()).isEqualTo(1);
    assertThat(tiles).extracting(Tile::getTileIndex).containsExactly(0, 1);
    captioned(tiles);
    assertThat(progress().getState()).isEqualTo(ProgressState.DONE);
  }

  @Test
  void factsAboutTilesOfAnEarlierPlanDoNotUpsetTheSums() {
    imagery.products.put(product("_P1"), List.of(new FakeScene("VV", 3 * TILE, TILE)));
    topics.send(Topics.ACQUISITIONS, ID, processed("_P1", "2026-01-01T00:00:00Z"));
    List<Tile> earlier = topics.read(Topics.TILES);
    imagery.products.put(product("_P2"), List.of(new FakeScene("VV", 2 * TILE, TILE)));
    topics.send(Topics.ACQUISITIONS, ID, processed("_P2", "2026-01-02T00:00:00Z"));

    captioned(earlier);

    AcquisitionProgress progress = progress();
    assertThat(progress.getCaptioned()).isEqualTo(2);
    assertThat(progress.getState()).isEqualTo(ProgressState.DONE);
  }

  @Test
  void aValueFromBeforeTheProductsTimesWereKeptIsStillRead() {
    imagery.products.put(product, List.of(new FakeScene("VV", TILE, TILE)));
    driver.<String, String>getKeyValueStore(Planner.STORE).put(ID, ID + "_P1 digest");
    String uri = product.toUri().toString();

    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "digest"));
    topics.send(Topics.ACQUISITIONS, ID, processed("_P2", "2026-01-02T00:00:00Z"));

    assertThat(progress().getDuplicates()).isEqualTo(2);
    topics.send(Topics.ACQUISITIONS, ID, acquisition(ID, uri, "other"));
    assertThat(progress().getPlanned()).isEqualTo(1);
  }

  private Path product(String suffix) {
    return folder.resolve("product" + suffix + ".tif");
  }

  private Acquisition processed(String suffix, String time) {
    Acquisition first = acquisition(ID, product(suffix).toUri().toString());
    return Acquisition.newBuilder(first)
        .setSource(
            AcquisitionSource.newBuilder(first.getSource())
                .setProductId(ID + suffix)
                .setProcessedAt(Instant.parse(time))
                .build())
        .build();
  }

  private static Acquisition acquisition(String id, String uri) {
    return acquisition(id, uri, null);
  }

  private static Acquisition acquisition(String id, String uri, String digest) {
    var source =
        AcquisitionSource.newBuilder().setAcquisitionId(id).setProductId(id + "_P1").build();
    return Acquisition.newBuilder()
        .setSource(source)
        .setPolarizations(List.of("VV"))
        .setAssets(
            List.of(Asset.newBuilder().setName("product").setUri(uri).setDigest(digest).build()))
        .setFeed("test")
        .setPublishedAt(Instant.EPOCH)
        .build();
  }

  private void offer(String id) {
    topics.send(Topics.ACQUISITIONS, id, acquisition(id, product.toUri().toString()));
  }

  private void captioned(List<Tile> tiles) {
    List<TileOutcome> outcomes = new ArrayList<>();
    for (Tile tile : tiles) {
      outcomes.add(new TileOutcome(tile.getTileIndex(), TileStatus.CAPTIONED, null));
    }
    topics.send(Topics.PROGRESS_EVENTS, ID, ProgressEvents.tiles(ID, outcomes));
  }

  /** The latest progress, checked for what always holds. */
  private AcquisitionProgress progress() {
    List<AcquisitionProgress> all = topics.read(Topics.PROGRESS);
    AcquisitionProgress latest = all.get(all.size() - 1);
    int rejected = latest.getRejected().values().stream().mapToInt(Integer::intValue).sum();
    boolean done =
        latest.getPlanned() > 0 && latest.getPlanned() == latest.getCaptioned() + rejected;
    assertThat(latest.getState() == ProgressState.DONE).isEqualTo(done);
    assertThat(IntStream.of(latest.getTiled(), rejected).sum())
        .isLessThanOrEqualTo(Math.max(latest.getPlanned(), 0));
    return latest;
  }
}
