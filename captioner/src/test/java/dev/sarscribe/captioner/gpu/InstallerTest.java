package dev.sarscribe.captioner.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.gpu.Redistributable.Library;
import dev.sarscribe.captioner.gpu.Redistributable.Loading;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server on this machine that answers as the test wants. */
class InstallerTest {
  private static final Installer.Progress SILENT =
      new Installer.Progress() {
        @Override
        public void fetched(Redistributable archive, long bytes) {}

        @Override
        public void installed(Redistributable archive) {}
      };

  @TempDir private Path root;
  private HttpServer server;
  private Installer installer;
  private byte[] archive;
  private Redistributable redistributable;

  /** The Range headers of the requests, empty for none. */
  private final List<String> ranges = new ArrayList<>();

  /** What the server does; the whole archive if not said otherwise. */
  private Answer answer = this::sendRest;

  @FunctionalInterface
  private interface Answer {
    void give(HttpExchange exchange, int from) throws IOException;
  }

  @BeforeEach
  void startServer() throws Exception {
    byte[] library = new byte[100_000];
    new Random(1).nextBytes(library);
    archive = zip("native/libcudart.so.12", library);
    redistributable = redistributable(archive, library.length);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/maven2/org/bytedeco/cuda/1/cuda-1-redist.jar", this::handle);
    server.start();
    String base = "http://localhost:" + server.getAddress().getPort() + "/maven2";
    installer =
        new Installer(
            new GpuFolder(root.resolve("gpu")), Repository.at(base), Duration.ofMillis(1));
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @Test
  void aLibraryIsInstalledAndTheArchiveIsGone() throws Exception {
    install();

    assertThat(installer.folder().has(redistributable)).isTrue();
    assertThat(files()).containsExactly(".lock", "cuda-1/libcudart.so.12");
  }

  @Test
  void anArchiveThatIsKeptWholeIsInstalledAsItIs() throws Exception {
    Redistributable jar =
        new Redistributable(
            "org.bytedeco",
            "cuda",
            "1",
            "redist",
            archive.length,
            redistributable.sha1(),
            "",
            List.of());

    installer.install(List.of(jar), SILENT);

    assertThat(installer.folder().has(jar)).isTrue();
    assertThat(root.resolve("gpu/jars/cuda-1-redist.jar")).hasBinaryContent(archive);
  }

  @Test
  void aBodyThatBreaksOffIsGoneOnFromWhereItBroke() throws Exception {
    answer =
        (exchange, from) -> {
          exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-");
          exchange.sendResponseHeaders(from == 0 ? 200 : 206, archive.length - from);
          int half = from == 0 ? archive.length / 2 : archive.length - from;
          exchange.getResponseBody().write(archive, from, half);
          exchange.getResponseBody().flush();
          exchange.close();
        };

    install();

    assertThat(ranges).hasSize(2).first().isEqualTo("");
    assertThat(ranges.get(1)).matches("bytes=[1-9]\\d*-");
    assertThat(installer.folder().has(redistributable)).isTrue();
  }

  @Test
  void whatAnEarlierRunLeftIsGoneOnFrom() throws Exception {
    writePart(1000);

    install();

    assertThat(ranges).containsExactly("bytes=1000-");
    assertThat(installer.folder().has(redistributable)).isTrue();
  }

  @Test
  void aServerThatKnowsNoRangesSendsAllOfItAnew() throws Exception {
    writePart(1000);
    answer = (exchange, from) -> send(exchange, 200, archive, 0);

    install();

    assertThat(installer.folder().has(redistributable)).isTrue();
  }

  @Test
  void aPartOfSomethingElseIsFoundByTheDigestAndRemoved() throws Exception {
    Path download = Files.createDirectories(root.resolve("gpu/download"));
    Files.write(download.resolve("cuda-1-redist.jar.part"), new byte[1000]);

    assertThatThrownBy(this::install).hasMessageContaining("it has the SHA-1");

    install();
    assertThat(installer.folder().has(redistributable)).isTrue();
  }

  @Test
  void anArchiveWithAnotherDigestIsRefusedAndNotKept() throws Exception {
    byte[] forged = archive.clone();
    forged[500] ^= 1;
    answer = (exchange, from) -> send(exchange, 200, forged, 0);

    assertThatThrownBy(this::install)
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("cuda-1-redist.jar cannot be fetched: it has the SHA-1 ")
        .hasMessageContaining("not " + redistributable.sha1() + " as published");
    assertThat(files()).containsExactly(".lock");
  }

  @Test
  void anArchiveOfAnotherSizeIsRefusedBeforeItIsRead() {
    answer =
        (exchange, from) -> {
          exchange.sendResponseHeaders(200, 1L << 40);
          exchange.close();
        };

    assertThatThrownBy(this::install)
        .hasMessageContaining("the server sends %d bytes where".formatted(1L << 40));
  }

  @Test
  void aBodyWithoutALengthEndsAtThePublishedSize() {
    answer =
        (exchange, from) -> {
          exchange.sendResponseHeaders(200, 0);
          for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(archive);
          }
        };

    assertThatThrownBy(this::install)
        .hasMessageContaining("the server sends more than " + archive.length + " bytes");
  }

  @Test
  void whatIsNotThereIsNotAskedForAgain() {
    answer = (exchange, from) -> send(exchange, 404, new byte[0], 0);

    assertThatThrownBy(this::install)
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("/maven2/org/bytedeco/cuda/1/cuda-1-redist.jar cannot be fetched")
        .hasMessageContaining("the server answers 404");
    assertThat(ranges).hasSize(1);
  }

  @Test
  void aServerThatIsBusyIsAskedAgain() throws Exception {
    answer =
        (exchange, from) -> {
          if (ranges.size() < 3) {
            send(exchange, 503, new byte[0], 0);
          } else {
            sendRest(exchange, from);
          }
        };

    install();

    assertThat(ranges).hasSize(3);
  }

  @Test
  void aRedirectAwayFromThisMachineIsNotFollowed() {
    answer =
        (exchange, from) -> {
          exchange.getResponseHeaders().set("Location", "http://192.0.2.1/cuda.jar");
          send(exchange, 302, new byte[0], 0);
        };

    assertThatThrownBy(this::install).hasMessageContaining("the server answers 302");
  }

  @Test
  void aNameWithAPathInsideOfTheArchiveIsNeverWritten() throws Exception {
    archive = zip("native/../../../libcudart.so.12", new byte[100_000]);
    redistributable = redistributable(archive, 100_000);

    assertThatThrownBy(this::install)
        .hasMessage("cuda-1-redist.jar holds no libcudart.so.12 of 100000 bytes");
    assertThat(files()).noneMatch(name -> name.endsWith(".so.12"));
    assertThatThrownBy(() -> new Library("../libcudart.so.12", 1, Loading.FIRST))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLibraryOfAnotherSizeThanKnownIsRefused() throws Exception {
    redistributable = redistributable(archive, 99_999);

    assertThatThrownBy(this::install).hasMessageContaining("holds no libcudart.so.12 of 99999");
  }

  @Test
  void withoutFreeSpaceNothingIsFetched() {
    Redistributable huge =
        new Redistributable(
            "org.bytedeco", "cuda", "1", "redist", 1L << 60, "0".repeat(40), "", List.of());

    assertThatThrownBy(() -> installer.install(List.of(huge), SILENT))
        .hasMessageContaining("MiB of free space")
        .hasMessageContaining("choose another folder with --dir");
    assertThat(ranges).isEmpty();
  }

  @Test
  void onlyWhatIsMissingIsToBeFetched() throws Exception {
    List<Redistributable> all = GpuEngine.ONNXRUNTIME_CUDA.redistributables();
    Path place = Files.createDirectories(installer.folder().place(all.get(0)));
    for (Library library : all.get(0).libraries()) {
      try (RandomAccessFile file =
          new RandomAccessFile(place.resolve(library.name()).toFile(), "rw")) {
        file.setLength(library.bytes());
      }
    }

    assertThat(installer.missing(List.of(GpuEngine.ONNXRUNTIME_CUDA)))
        .containsExactlyElementsOf(all.subList(1, all.size()));
    assertThat(installer.missing(List.of(GpuEngine.values()))).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://maven.example.com/maven2",
        "http://localhost.example.com/maven2",
        "ftp://localhost/maven2",
        "https://user:secret@example.com/maven2",
        "https://example.com/maven2?x=1",
        "https:///maven2",
        "maven2",
        "https://exa mple.com"
      })
  void anAddressThatOthersCouldListenToOrThatIsNoneIsRefused(String address) {
    assertThatThrownBy(() -> Repository.at(address))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("repository " + address);
  }

  @Test
  void anArchiveHasItsPlaceInARepository() throws Exception {
    assertThat(
            Repository.at("https://maven.example.com/maven2")
                .of(GpuEngine.TENSORRT.redistributables().get(1)))
        .hasToString(
            "https://maven.example.com/maven2/org/bytedeco/tensorrt/8.6-1.5.10/"
                + "tensorrt-8.6-1.5.10-linux-x86_64-redist.jar");
  }

  private void install() throws Exception {
    installer.install(List.of(redistributable), SILENT);
  }

  private void writePart(int bytes) throws IOException {
    Path download = Files.createDirectories(root.resolve("gpu/download"));
    byte[] head = new byte[bytes];
    System.arraycopy(archive, 0, head, 0, bytes);
    Files.write(download.resolve("cuda-1-redist.jar.part"), head);
  }

  /** The files below the folder, by their paths. */
  private List<String> files() throws IOException {
    Path gpu = root.resolve("gpu");
    try (Stream<Path> paths = Files.walk(gpu)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> gpu.relativize(path).toString())
          .sorted()
          .toList();
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(range == null ? "" : range);
    answer.give(exchange, range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", "")));
  }

  private void sendRest(HttpExchange exchange, int from) throws IOException {
    if (from > 0) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, archive.length - 1, archive.length));
    }
    send(exchange, from > 0 ? 206 : 200, archive, from);
  }

  private static void send(HttpExchange exchange, int status, byte[] body, int from)
      throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length - from);
    exchange.getResponseBody().write(body, from, body.length - from);
    exchange.close();
  }

  private static byte[] zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return bytes.toByteArray();
  }

  private static Redistributable redistributable(byte[] archive, long libraryBytes)
      throws Exception {
    byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(archive);
    return new Redistributable(
        "org.bytedeco",
        "cuda",
        "1",
        "redist",
        archive.length,
        HexFormat.of().formatHex(sha1),
        "native/",
        List.of(new Library("libcudart.so.12", libraryBytes, Loading.FIRST)));
  }
}
