package dev.sarscribe.access.assets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessException.Reason;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.Retry;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.source.ByteSource;
import dev.sarscribe.imagery.source.FileSource;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import dev.sarscribe.imagery.tiff.SampleType;
import dev.sarscribe.imagery.tiff.TiffRaster;
import dev.sarscribe.testing.FileHost;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class AssetsTest {
  private static final Retry QUICK =
      new Retry(3, Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10));
  private static final AccessPolicy LOOPBACK = AccessPolicy.DEFAULT.withPrivateNetworks(true);
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;
  private Path cacheFolder;
  private LoopbackServer server;
  private Assets assets;

  @BeforeEach
  void start() throws IOException {
    server = new LoopbackServer();
    cacheFolder = folder.resolve("cache");
    assets = assets(LOOPBACK, 100 * MIB);
  }

  @AfterEach
  void stop() {
    assets.close();
    server.close();
  }

  private Assets assets(AccessPolicy policy, long cacheBytes) {
    return Assets.open(
        HttpAccess.open(policy, Credentials.NONE, QUICK),
        S3Settings.DEFAULT,
        cacheFolder,
        cacheBytes);
  }

  private FileHost host(String path, byte[] bytes) {
    FileHost host = new FileHost(bytes);
    server.on(path, host);
    return host;
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private Opened open(String path, AssetHints hints) throws AccessException {
    return assets.open(server.uri(path).toString(), hints);
  }

  private static AssetHints checksum(String multihash) {
    return new AssetHints(OptionalLong.empty(), Optional.of(multihash), Optional.empty());
  }

  private AccessException failure(String path, AssetHints hints) {
    return catchThrowableOfType(AccessException.class, () -> open(path, hints));
  }

  private byte[] download(String path) throws IOException {
    var opened = (Opened.Downloaded) open(path, AssetHints.NONE);
    byte[] bytes = Files.readAllBytes(opened.path());
    opened.release().run();
    return bytes;
  }

  private ByteSource source(String path) throws AccessException {
    return ((Opened.Remote) open(path, AssetHints.NONE)).source();
  }

  private static byte[] read(ByteSource source, long at, int length) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length);
    while (into.hasRemaining() && source.read(into, at + into.position()) >= 0) {
      assertThat(into.position()).isPositive();
    }
    return into.array();
  }

  private long filesIn(String ending) throws IOException {
    try (Stream<Path> files = Files.list(cacheFolder)) {
      return files.filter(f -> f.toString().endsWith(ending)).count();
    }
  }

  // --- ranges

  private Path cog() throws Exception {
    Path plain = folder.resolve("plain.tif");
    Random random = new Random(1);
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(plain, 4096, 4096).sampleType(SampleType.UINT16).open()) {
      short[] row = new short[4096];
      for (int y = 0; y < 4096; y++) {
        for (int x = 0; x < row.length; x++) {
          row[x] = (short) random.nextInt(5000);
        }
        writer.writeRows(row);
      }
    }
    Path cog = folder.resolve("cog-vv.tif");
    Process gdal;
    try {
      gdal =
          new ProcessBuilder(
                  "gdal_translate",
                  "-q",
                  "-of",
                  "COG",
                  "-co",
                  "COMPRESS=DEFLATE",
                  "-co",
                  "BLOCKSIZE=512",
                  plain.toString(),
                  cog.toString())
              .inheritIO()
              .start();
    } catch (IOException e) {
      Assumptions.abort("GDAL is not installed, which makes the COG");
      throw e;
    }
    assertThat(gdal.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(gdal.exitValue()).isZero();
    return cog;
  }

  @Test
  void aWindowOfACloudOptimisedGeoTiffCostsItsTilesAndTheHeader() throws Exception {
    Path file = cog();
    FileHost host = host("/s1/cog-vv.tif", Files.readAllBytes(file));
    Window window = new Window(1024, 2048, 512, 512);
    float[] expected;
    try (TiffRaster raster = TiffRaster.open(file)) {
      expected = raster.read(0, window);
    }
    try (TiffRaster raster = TiffRaster.open(source("/s1/cog-vv.tif"))) {
      assertThat(host.requests.get()).as("requests for the header").isLessThanOrEqualTo(2);
      long header = host.sent.get();
      assertThat(header).isLessThanOrEqualTo(256 * 1024);
      assertThat(raster.read(0, window)).isEqualTo(expected);
      // One tile of 512 x 512 random 13-bit numbers, and a block at either end of it.
      assertThat(host.sent.get() - header).isBetween(400_000L, 700_000L);
      assertThat(host.requests.get()).isLessThanOrEqualTo(3);
      long before = host.sent.get();
      raster.read(0, window);
      assertThat(host.sent.get()).isEqualTo(before);
    }
    assertThat(filesIn(".part")).isZero();
  }

  @Test
  void aWholeCloudOptimisedGeoTiffIsFetchedOnceInFewRequests() throws Exception {
    Path file = cog();
    FileHost host = host("/s1/cog-vv.tif", Files.readAllBytes(file));
    for (int reader = 0; reader < 2; reader++) {
      try (TiffRaster raster = TiffRaster.open(source("/s1/cog-vv.tif"))) {
        for (int y = 0; y < 4096; y += 512) {
          assertThat(raster.read(0, new Window(0, y, 4096, 512))).hasSize(4096 * 512);
        }
      }
    }
    assertThat(host.sent.get()).isLessThanOrEqualTo(Files.size(file) + 10);
    assertThat(host.requests.get()).isLessThan(20);
  }

  @Test
  void aProductIsReadWhereItIsUnderItsOwnName() throws Exception {
    Path file = folder.resolve("s1a-iw-grd-vv-x.tif");
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(file, 100, 100).sampleType(SampleType.UINT16).open()) {
      writer.writeRows(new short[100 * 100]);
    }
    host("/a/s1a-iw-grd-vv-x.TIFF", Files.readAllBytes(file));
    var remote = (Opened.Remote) open("/a/s1a-iw-grd-vv-x.TIFF", AssetHints.NONE);
    assertThat(remote.fileName()).isEqualTo("s1a-iw-grd-vv-x.tiff");
    try (Product product = Products.open(remote.source(), remote.fileName())) {
      assertThat(product.scenes().get(0).polarization()).isEqualTo("VV");
    }
  }

  @Test
  void theMediaTypeTellsAGeoTiffWithoutAnEnding() throws Exception {
    host("/vv", noise(1000));
    var hints =
        new AssetHints(
            OptionalLong.empty(),
            Optional.empty(),
            Optional.of("image/tiff; application=geotiff; profile=cloud-optimized"));
    assertThat(open("/vv", hints)).isInstanceOf(Opened.Remote.class);
  }

  @Test
  void anyPartOfASourceIsThatOfTheFile() throws Exception {
    byte[] bytes = noise(1_000_003);
    FileHost host = host("/a.tif", bytes);
    host.breaks.set(5);
    host.breakAfter = 20_000;
    Random random = new Random(3);
    try (ByteSource source = source("/a.tif")) {
      assertThat(source.size()).isEqualTo(bytes.length);
      for (int i = 0; i < 200; i++) {
        int at = random.nextInt(bytes.length);
        int length = random.nextInt(Math.min(100_000, bytes.length - at) + 1);
        if (i % 3 == 0) {
          source.announce(List.of(new ByteSource.Range(at, length)));
        }
        assertThat(read(source, at, length))
            .isEqualTo(java.util.Arrays.copyOfRange(bytes, at, at + length));
      }
      assertThat(source.read(ByteBuffer.allocate(1), bytes.length)).isEqualTo(-1);
    }
    assertThat(host.sent.get()).isLessThan(bytes.length + 6L * 20_000);
  }

  @Test
  void aFileThatIsReplacedWhileItIsReadIsAnError() throws Exception {
    FileHost host = host("/a.tif", noise(500_000));
    try (ByteSource source = source("/a.tif")) {
      host.tag = "\"v2\"";
      AccessException failure =
          catchThrowableOfType(AccessException.class, () -> read(source, 300_000, 10));
      assertThat(failure.reason()).isEqualTo(Reason.CHANGED);
    }
  }

  @Test
  void aFileThatWasReplacedMeanwhileIsReadAnew() throws Exception {
    FileHost host = host("/a.tif", noise(500_000));
    source("/a.tif").close();
    host.tag = "\"v2\"";
    host.bytes = new byte[400_000];
    try (ByteSource source = source("/a.tif")) {
      assertThat(source.size()).isEqualTo(400_000);
      assertThat(read(source, 0, 100)).isEqualTo(new byte[100]);
    }
  }

  @Test
  void whoOpensAFileThatWasReplacedGetsTheNewOneThoughAnotherHasTheOldOneOpen() throws Exception {
    FileHost host = host("/a.tif", noise(500_000));
    ByteSource old = source("/a.tif");
    host.tag = "\"v2\"";
    host.bytes = new byte[400_000];
    try (ByteSource source = source("/a.tif")) {
      assertThat(read(source, 0, 100)).isEqualTo(new byte[100]);
      assertThat(filesIn(".ranges")).isLessThanOrEqualTo(2);
      old.close();
      assertThat(read(source, 300_000, 100)).isEqualTo(new byte[100]);
    }
  }

  @Test
  void aDownloadThatIsOpenIsNotTakenForANewerVersionOfIt() throws Exception {
    FileHost host = host("/a.zip", "one".getBytes(StandardCharsets.UTF_8));
    var old = (Opened.Downloaded) open("/a.zip", AssetHints.NONE);
    host.tag = "\"v2\"";
    host.bytes = "another".getBytes(StandardCharsets.UTF_8);
    AssetHints newer = new AssetHints(OptionalLong.of(7), Optional.empty(), Optional.empty());

    AccessException failure = failure("/a.zip", newer);
    assertThat(failure.reason()).isEqualTo(Reason.CHANGED);
    assertThat(Files.readString(old.path())).isEqualTo("one");
    old.release().run();
    var opened = (Opened.Downloaded) open("/a.zip", newer);
    assertThat(Files.readString(opened.path())).isEqualTo("another");
    opened.release().run();
  }

  @Test
  void aServerWithoutRangesIsDownloadedFrom() throws Exception {
    byte[] bytes = noise(300_000);
    host("/a.tif", bytes).ranges = false;
    var opened = (Opened.Downloaded) open("/a.tif", AssetHints.NONE);
    assertThat(Files.readAllBytes(opened.path())).isEqualTo(bytes);
    assertThat(opened.path().toString()).endsWith(".tif");
    opened.release().run();
  }

  @Test
  void aDeadServerIsAnErrorOfTheRasterWithTheCause() throws Exception {
    Path file = folder.resolve("x.tif");
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(file, 1000, 1000).sampleType(SampleType.UINT16).open()) {
      writer.writeRows(new short[1000 * 1000]);
    }
    host("/x.tif", Files.readAllBytes(file));
    try (TiffRaster raster = TiffRaster.open(source("/x.tif"))) {
      server.close();
      SceneException failure =
          catchThrowableOfType(
              SceneException.class, () -> raster.read(0, new Window(0, 500, 100, 100)));
      assertThat(AccessException.in(failure).orElseThrow().canHeal()).isTrue();
      assertThat(failure).hasMessageContaining("/x.tif");
    }
  }

  // --- downloads

  @Test
  void aDownloadThatBreaksOffGoesOn() throws Exception {
    byte[] bytes = noise(1_000_000);
    FileHost host = host("/a.zip", bytes);
    host.breakAfter = 300_000;
    host.breaks.set(3);
    assertThat(download("/a.zip")).isEqualTo(bytes);
    assertThat(host.sent.get()).isEqualTo(bytes.length);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDownloadThatCannotGoOnBeginsAnew(boolean ranges) throws Exception {
    byte[] bytes = noise(1_000_000);
    FileHost host = host("/a.zip", bytes);
    host.ranges = ranges;
    host.tag = ranges ? "" : host.tag; // ranges, but no way to tell versions apart
    host.breakAfter = 300_000;
    host.breaks.set(2);
    assertThat(download("/a.zip")).isEqualTo(bytes);
    assertThat(host.sent.get()).isEqualTo(2 * 300_000 + bytes.length);
  }

  @Test
  void aDownloadThatAlwaysBreaksOffAtOnePlaceFails() {
    FileHost host = host("/a.zip", noise(1_000_000));
    host.ranges = false;
    host.breakAfter = 300_000;
    host.breaks.set(1000);
    AccessException failure = failure("/a.zip", AssetHints.NONE);
    assertThat(failure.reason()).isEqualTo(Reason.TRUNCATED);
    assertThat(host.requests.get()).isEqualTo(3);
  }

  @Test
  void aDownloadGoesOnAfterTheProcessWasKilled() throws Exception {
    byte[] bytes = noise(1_000_000);
    FileHost host = host("/a.zip", bytes);
    leavePart(host, 400_000);
    assertThat(download("/a.zip")).isEqualTo(bytes);
    assertThat(host.sent.get()).isEqualTo(600_000);
    assertThat(filesIn(".part")).isZero();
  }

  @Test
  void aDownloadOfAnotherVersionBeginsAnew() throws Exception {
    FileHost host = host("/a.zip", noise(1_000_000));
    leavePart(host, 400_000);
    host.tag = "\"v2\"";
    host.bytes = new byte[900_000];
    assertThat(download("/a.zip")).isEqualTo(new byte[900_000]);
  }

  /** As a kill leaves it: what came, and what it is a part of. */
  private void leavePart(FileHost host, int length) throws IOException {
    CacheEntry entry = CacheEntry.of(Files.createDirectories(cacheFolder), server.uri("/a.zip"));
    entry.describe(server.uri("/a.zip"), new Version(host.bytes.length, host.tag), "");
    Files.write(entry.part(), java.util.Arrays.copyOf(host.bytes, length));
  }

  @Test
  void aCompleteFileIsNotDownloadedAgainUnlessTheServerHasAnother() throws Exception {
    FileHost host = host("/a.zip", noise(100_000));
    download("/a.zip");
    download("/a.zip");
    assertThat(host.sent.get()).isEqualTo(100_001);
    host.tag = "\"v2\"";
    host.bytes = new byte[1000];
    assertThat(download("/a.zip")).isEqualTo(new byte[1000]);
  }

  @Test
  void theCopyServesWhileTheServerIsAway() throws Exception {
    byte[] bytes = noise(1000);
    host("/a.zip", bytes);
    download("/a.zip");
    server.close();
    assertThat(download("/a.zip")).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "d501105d41402abc4b2a76b9719d911017c592",
        "1114aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
        "12202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
      })
  void aPublishedChecksumIsVerified(String multihash) throws Exception {
    FileHost host = host("/a.zip", "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    ((Opened.Downloaded) open("/a.zip", checksum(multihash))).release().run();
    long sent = host.sent.get();
    ((Opened.Downloaded) open("/a.zip", checksum(multihash))).release().run();
    assertThat(host.sent.get()).as("a verified copy needs no question").isEqualTo(sent);
    host("/b.zip", "jello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    AccessException failure = failure("/b.zip", checksum(multihash));
    assertThat(failure.reason()).isEqualTo(Reason.CHECKSUM);
    assertThat(filesIn(".zip")).isEqualTo(1);
    assertThat(filesIn(".part")).isZero();
  }

  @Test
  void aResumedDownloadOfTheWrongChecksumIsFetchedAnewOnce() throws Exception {
    byte[] bytes = "hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    FileHost host = host("/a.zip", bytes);
    leavePart(host, 3);
    Files.write(CacheEntry.of(cacheFolder, server.uri("/a.zip")).part(), new byte[3]);
    var opened =
        (Opened.Downloaded) open("/a.zip", checksum("d501105d41402abc4b2a76b9719d911017c592"));
    assertThat(Files.readAllBytes(opened.path())).isEqualTo(bytes);
    opened.release().run();
  }

  @Test
  void aPublishedSizeIsVerified() {
    host("/a.zip", noise(1000));
    var hints = new AssetHints(OptionalLong.of(999), Optional.empty(), Optional.empty());
    assertThat(failure("/a.zip", hints).reason()).isEqualTo(Reason.CHECKSUM);
  }

  @Test
  void whatIsTooLargeIsNotDownloaded() {
    assets.close();
    assets = assets(LOOPBACK.withMaxDownloadBytes(999), 100 * MIB);
    FileHost host = host("/a.zip", noise(1000));
    assertThat(failure("/a.zip", AssetHints.NONE).reason()).isEqualTo(Reason.TOO_LARGE);
    host("/a.tif", noise(1000));
    assertThat(failure("/a.tif", AssetHints.NONE).reason()).isEqualTo(Reason.TOO_LARGE);
    assertThat(host.requests.get()).isEqualTo(1);
  }

  @Test
  void aBodyOfUnknownLengthIsBounded() throws Exception {
    assets.close();
    assets = assets(LOOPBACK.withMaxDownloadBytes(500_000), 100 * MIB);
    server.on(
        "/",
        (x, call) -> {
          x.sendResponseHeaders(200, 0);
          x.getResponseBody()
              .write(noise(x.getRequestURI().getPath().equals("/a.zip") ? 9 : 600_000));
        });
    assertThat(download("/a.zip")).hasSize(9);
    assertThat(failure("/b.zip", AssetHints.NONE).reason()).isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void theFilesThatWereOpenedLongestAgoMakeRoomButNeverOpenOnes() throws Exception {
    assets.close();
    assets = assets(LOOPBACK, 2_600_000);
    for (String name : List.of("/a.zip", "/b.zip", "/c.zip", "/d.zip")) {
      host(name, noise(1_000_000));
    }
    var a = (Opened.Downloaded) open("/a.zip", AssetHints.NONE);
    download("/b.zip");
    download("/c.zip");
    assertThat(a.path()).exists();
    assertThat(filesIn(".zip")).isEqualTo(2);
    var d = (Opened.Downloaded) open("/d.zip", AssetHints.NONE);
    assertThat(a.path()).exists();
    AccessException full = failure("/b.zip", AssetHints.NONE);
    assertThat(full.reason()).isEqualTo(Reason.LOCAL_STORAGE);
    assertThat(full).hasMessageContaining("full of files in use");
    a.release().run();
    assertThat(download("/b.zip")).hasSize(1_000_000);
    d.release().run();
    assertThat(a.path()).doesNotExist();
  }

  @Test
  void sourcesThatNobodyReadsMakeRoomToo() throws Exception {
    assets.close();
    assets = assets(LOOPBACK, 1_500_000);
    host("/a.tif", noise(1_000_000));
    host("/b.zip", noise(1_000_000));
    try (ByteSource source = source("/a.tif")) {
      read(source, 0, 1_000_000);
    }
    assertThat(download("/b.zip")).hasSize(1_000_000);
  }

  @Test
  void whatTheCacheCannotHoldIsToldSo() {
    assets.close();
    assets = assets(LOOPBACK, 1000);
    host("/a.zip", noise(1001));
    AccessException failure = failure("/a.zip", AssetHints.NONE);
    assertThat(failure.reason()).isEqualTo(Reason.TOO_LARGE);
    assertThat(failure).hasMessageContaining("--cache-size");
  }

  @Test
  void manyWhoWantAFileDownloadItOnce() throws Exception {
    byte[] bytes = noise(2_000_000);
    FileHost host = host("/a.zip", bytes);
    var threads = Executors.newFixedThreadPool(8);
    try (Assets other = assets(LOOPBACK, 100 * MIB)) {
      List<Callable<byte[]>> tasks = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        tasks.add(() -> download("/a.zip"));
      }
      for (Future<byte[]> done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isEqualTo(bytes);
      }
      assertThat(host.sent.get()).isLessThan(bytes.length + 100L);
      var opened = (Opened.Downloaded) other.open(server.uri("/a.zip").toString(), AssetHints.NONE);
      assertThat(opened.path()).exists();
      opened.release().run();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void twoCachesOfOneFolderDownloadAFileOnceAndKeepWhatTheOtherHasOpen() throws Exception {
    byte[] bytes = noise(1_000_000);
    FileHost host = host("/a.zip", bytes);
    host("/b.zip", noise(1_000_000));
    assets.close();
    assets = assets(LOOPBACK, 1_500_000);
    var threads = Executors.newFixedThreadPool(4);
    try (Assets other = assets(LOOPBACK, 1_500_000)) {
      String a = server.uri("/a.zip").toString();
      List<Callable<Opened>> tasks =
          List.of(
              () -> assets.open(a, AssetHints.NONE),
              () -> other.open(a, AssetHints.NONE),
              () -> other.open(a, AssetHints.NONE));
      List<Opened.Downloaded> opened = new ArrayList<>();
      for (Future<Opened> done : threads.invokeAll(tasks)) {
        opened.add((Opened.Downloaded) done.get());
      }
      assertThat(host.sent.get()).isLessThan(bytes.length + 10L);
      opened.get(0).release().run();
      // this cache has nothing open, but the other has
      assertThat(failure("/b.zip", AssetHints.NONE).reason()).isEqualTo(Reason.LOCAL_STORAGE);
      opened.get(1).release().run();
      opened.get(2).release().run();
      assertThat(download("/b.zip")).hasSize(1_000_000);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void processesShareTheFolder() throws Exception {
    FileHost host = host("/a.zip", noise(1_000_000));
    host("/b.zip", noise(1_000_000));
    assets.close();
    assets = assets(LOOPBACK, 1_500_000);
    Path said = folder.resolve("said");
    ProcessBuilder another =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                AnotherProcess.class.getName(),
                cacheFolder.toString(),
                server.uri("/a.zip").toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    another.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process other = another.start();
    try {
      while (!Files.readString(said).contains("open")) {
        assertThat(other.isAlive()).as(Files.readString(said)).isTrue();
        TimeUnit.MILLISECONDS.sleep(20);
      }
      long sent = host.sent.get();
      assertThat(download("/a.zip")).hasSize(1_000_000);
      assertThat(host.sent.get()).isLessThan(sent + 10);
      assertThat(failure("/b.zip", AssetHints.NONE)).hasMessageContaining("full of files in use");
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(download("/b.zip")).as("a killed process holds nothing").hasSize(1_000_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/..%2f..%2f..%2fetc%2fpasswd.zip",
        "/%2e%2e/%2e%2e/x.zip",
        "/a%00b.zip",
        "/a.zip%0a.sh",
        "/CON",
        "/$(touch%20x).zip",
        "/x/Products('1')/$value"
      })
  void noUrlNamesAPathOfTheCache(String path) throws Exception {
    server.on("/", (x, call) -> LoopbackServer.answer(x, 200, "bytes"));
    var opened = (Opened.Downloaded) open(path, AssetHints.NONE);
    assertThat(opened.path().getParent()).isEqualTo(cacheFolder.toRealPath());
    assertThat(opened.path().getFileName().toString()).matches("[0-9a-f]{40}\\.(zip|bin)");
    assertThat(opened.fileName()).matches("[A-Za-z0-9._-]*");
    opened.release().run();
  }

  @Test
  void aFolderThatCannotBeMadeIsToldSo() throws Exception {
    assets.close();
    cacheFolder = Files.writeString(folder.resolve("file"), "x").resolve("cache");
    assets = assets(LOOPBACK, MIB);
    host("/a.zip", noise(10));
    AccessException failure = failure("/a.zip", AssetHints.NONE);
    assertThat(failure.reason()).isEqualTo(Reason.LOCAL_STORAGE);
  }

  // --- the door

  @Test
  void aFileIsOpenedWhereItIs() throws Exception {
    Path file = Files.write(folder.resolve("ä b.tif"), new byte[1]);
    assertThat(assets.open(file.toUri().toString(), AssetHints.NONE))
        .isEqualTo(new Opened.Local(file));
    try (FileSource source = FileSource.open(file)) {
      assertThat(source.size()).isEqualTo(1);
    }
    assertThat(cacheFolder).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://127.0.0.1/a.tif",
        "a.tif",
        "http://169.254.169.254/a.tif",
        "not a uri",
        "file://host/share/x.tif",
        "s3://bucket",
        "s3:///key",
        "jar:file:/a!/b",
        ""
      })
  void whatIsNotAllowedOrMakesNoSenseIsRefused(String uri) {
    AccessException failure =
        catchThrowableOfType(AccessException.class, () -> assets.open(uri, AssetHints.NONE));
    assertThat(failure.reason()).isIn(Reason.REFUSED_BY_POLICY, Reason.INVALID);
  }
}
