package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Retry;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.access.assets.S3Settings;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.testing.FileHost;
import dev.sarscribe.testing.LoopbackServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Acquisitions whose pixels are on a server. */
@Timeout(120)
class RemoteTilingTest {
  private static final String ID = "S1A_REMOTE";

  @TempDir private Path folder;
  private final WireFormat wire = WireFormat.of(Optional.empty());
  private final Map<String, byte[]> files = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
  private final CountDownLatch gate = new CountDownLatch(1);
  private volatile String gated = "";
  private LoopbackServer server;
  private ErrandRunner runner;
  private Assets assets;
  private TopologyTestDriver driver;
  private DriverTopics topics;

  @BeforeEach
  void start() throws IOException {
    server = LoopbackServer.serving(this::serve);
    open();
  }

  private void serve(HttpExchange x) throws IOException {
    try {
      String path = x.getRequestURI().getPath();
      if (path.equals(gated)) {
        gate.await(60, TimeUnit.SECONDS);
      }
      byte[] bytes = files.get(path);
      AtomicInteger toFail = failures.get(path);
      if (bytes == null || (toFail != null && toFail.getAndDecrement() > 0)) {
        x.sendResponseHeaders(bytes == null ? 404 : 503, -1);
        return;
      }
      FileHost host = new FileHost(bytes);
      host.tag = "\"" + Arrays.hashCode(bytes) + "\"";
      host.handle(x, 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A stage on the state that the one before has left, if any. */
  private void open() {
    var kafka = new KafkaConnection("localhost:9092", Optional.empty(), Map.of());
    var settings =
        new TilingSettings(
            kafka, "tiling", "here", folder.resolve("state"), 1, 64, 32, 0.5, "sarlang/1");
    var retry = new Retry(2, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(5));
    assets =
        Assets.open(
            HttpAccess.open(
                AccessPolicy.DEFAULT.withPrivateNetworks(true), Credentials.NONE, retry),
            S3Settings.DEFAULT,
            folder.resolve("cache"),
            100 << 20);
    runner = new ErrandRunner(1);
    driver =
        new TopologyTestDriver(
            TilingTopology.build(
                settings,
                wire,
                new AssetImagery(assets),
                new GuardedProcessor.Errands(runner, new Patience(3, Duration.ofSeconds(10))),
                new TilingStats(new SimpleMeterRegistry())),
            TilingStage.properties(settings));
    topics = new DriverTopics(driver, wire);
  }

  @AfterEach
  void stop() {
    gate.countDown();
    driver.close();
    runner.close();
    assets.close();
    server.close();
  }

  private void put(String path, int width, int height) throws IOException {
    Path file = folder.resolve("made.tif");
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(file, width, height).sampleType(SampleType.UINT16).open()) {
      short[] row = new short[width];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          row[x] = (short) (100 + (x * 31 + y * 17) % 400);
        }
        writer.writeRows(row);
      }
    }
    files.put(path, Files.readAllBytes(file));
  }

  private Asset asset(String name, String path, String role, String... polarizations) {
    return Asset.newBuilder()
        .setName(name)
        .setUri(server.uri(path).toString())
        .setRoles(List.of(role))
        .setPolarizations(List.of(polarizations))
        .setMediaType("image/tiff; application=geotiff; profile=cloud-optimized")
        .build();
  }

  private void offer(String id, Asset... assetsOfIt) {
    var source =
        AcquisitionSource.newBuilder().setAcquisitionId(id).setProductId(id + "_P1").build();
    Acquisition acquisition =
        Acquisition.newBuilder()
            .setSource(source)
            .setPolarizations(List.of("VV", "VH"))
            .setAssets(List.of(assetsOfIt))
            .setFeed("test")
            .setPublishedAt(Instant.EPOCH)
            .build();
    topics.send(Topics.ACQUISITIONS, id, acquisition);
  }

  /** Lets the clock of the stage run until something is so. */
  private void until(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      driver.advanceWallClockTime(Duration.ofMillis(100));
      Thread.sleep(2); // errands run in real time
    }
  }

  private final List<Tile> tiles = new ArrayList<>();
  private final List<DeadLetter> letters = new ArrayList<>();

  private boolean hasTiles(int count) {
    tiles.addAll(topics.read(Topics.TILES));
    return tiles.size() >= count;
  }

  private boolean hasLetters(int count) {
    letters.addAll(topics.read(Topics.DEAD_LETTERS));
    return letters.size() >= count;
  }

  @Test
  void thePolarizationsOfAnAcquisitionMayBeAssetsOfTheirOwn() throws Exception {
    put("/a/vv", 128, 130);
    put("/a/vh", 64, 64);

    offer(
        ID,
        asset("thumbnail", "/none.png", "thumbnail"),
        asset("vv", "/a/vv", "data", "VV"),
        asset("vh", "/a/vh", "data", "VH"),
        asset("vv-again", "/a/vv", "data", "VV"));
    until(() -> hasTiles(5));

    assertThat(tiles)
        .extracting(Tile::getTileId)
        .containsExactlyInAnyOrder(
            ID + "/VV/0_0", ID + "/VV/64_0", ID + "/VV/0_64", ID + "/VV/64_64", ID + "/VH/0_0");
    assertThat(tiles).extracting(Tile::getTileIndex).containsExactlyInAnyOrder(0, 1, 2, 3, 6);
    AcquisitionProgress progress = lastProgress();
    assertThat(progress.getPlanned()).isEqualTo(7);
    assertThat(progress.getTiled()).isEqualTo(5);
    assertThat(progress.getRejected()).isEqualTo(Map.of("TOO_SMALL", 2));
    assertThat(topics.read(Topics.DEAD_LETTERS)).isEmpty();
  }

  @Test
  void anAssetThatIsNotThereRefusesTheAcquisitionByItsName() throws Exception {
    put("/a/vv", 64, 64);

    offer(ID, asset("vv", "/a/vv", "data", "VV"), asset("vh", "/a/vh", "data", "VH"));
    until(() -> hasLetters(1));

    assertThat(letters.get(0).getReason()).isEqualTo("NOT_FOUND");
    assertThat(letters.get(0).getMessage()).startsWith("asset vh: http://127.0.0.1:");
    assertThat(letters.get(0).getOffset()).isZero();
    assertThat(letters.get(0).getValue().remaining()).isPositive();
    assertThat(lastProgress().getState()).isEqualTo(ProgressState.FAILED);
    assertThat(topics.read(Topics.TILE_JOBS)).isEmpty();
  }

  @Test
  void assetsThatDoNotSayWhatTheyShowAreRefusedRatherThanLeftOut() throws Exception {
    put("/a/one", 64, 64);
    put("/a/two", 64, 64);

    offer(ID, asset("one", "/a/one", "data"), asset("two", "/a/two", "data"));
    until(() -> hasLetters(1));

    assertThat(letters.get(0).getReason()).isEqualTo("UNSUPPORTED");
    assertThat(letters.get(0).getMessage()).startsWith("asset two: ").endsWith("of asset one");
  }

  @Test
  void aServerThatComesBackIsAskedAgain() throws Exception {
    put("/a/vv", 64, 64);
    failures.put("/a/vv", new AtomicInteger(3)); // the client makes two attempts a try

    offer(ID, asset("vv", "/a/vv", "data", "VV"));
    until(() -> hasTiles(1));

    assertThat(topics.read(Topics.DEAD_LETTERS)).isEmpty();
  }

  @Test
  void aServerThatStaysAwayMakesADeadLetterInTheEnd() throws Exception {
    put("/a/vv", 64, 64);
    failures.put("/a/vv", new AtomicInteger(1000));

    offer(ID, asset("vv", "/a/vv", "data", "VV"));
    until(() -> hasLetters(1));

    assertThat(letters.get(0).getReason()).isEqualTo("SERVER_ERROR");
    assertThat(failures.get("/a/vv").get()).isEqualTo(1000 - 3 * 2);
  }

  @Test
  void whatWaitsHoldsUpNothingElse() throws Exception {
    put("/slow/vv", 64, 64);
    put("/fast/vv", 64, 64);
    gated = "/slow/vv";

    offer("SLOW", asset("vv", "/slow/vv", "data", "VV"));
    offer("FAST", asset("vv", "/fast/vv", "data", "VV"));
    until(() -> hasTiles(1));

    assertThat(tiles).extracting(Tile::getTileId).containsExactly("FAST/VV/0_0");
    gate.countDown();
    until(() -> hasTiles(2));
  }

  @Test
  void anAcquisitionOfferedTwiceWhileItWaitsIsPlannedOnce() throws Exception {
    put("/slow/vv", 64, 64);
    gated = "/slow/vv";
    offer(ID, asset("vv", "/slow/vv", "data", "VV"));
    offer(ID, asset("vv", "/slow/vv", "data", "VV"));
    driver.advanceWallClockTime(Duration.ofSeconds(1));

    gate.countDown();
    until(() -> hasTiles(1));
    until(() -> driver.getKeyValueStore("waiting-acquisitions").approximateNumEntries() == 0);

    assertThat(hasTiles(2)).isFalse();
    assertThat(lastProgress().getDuplicates()).isEqualTo(1);
  }

  @Test
  void aRasterThatIsReplacedOnTheServerIsPlannedAndCutAnewThoughTheOldOneIsOpen() throws Exception {
    Asset asset = asset("vv", "/a/vv", "data", "VV");
    put("/a/vv", 64, 64);
    offer(ID, Asset.newBuilder(asset).setChecksum("old").build());
    until(() -> hasTiles(1));
    put("/a/vv", 128, 64);

    offer(ID, Asset.newBuilder(asset).setChecksum("new").build());
    until(() -> hasTiles(3));

    assertThat(lastProgress().getRejected()).isEmpty();
    assertThat(topics.read(Topics.DEAD_LETTERS)).isEmpty();
  }

  private AcquisitionProgress lastProgress() {
    List<AcquisitionProgress> all = topics.read(Topics.PROGRESS);
    return all.get(all.size() - 1);
  }
}
