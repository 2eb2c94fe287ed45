package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.assets.AssetHints;
import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.access.assets.Assets;
import dev.sarscribe.access.assets.S3Settings;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class AssetImageryTest {
  @TempDir private Path folder;
  private HttpServer server;
  private Assets assets;
  private byte[] bytes;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext(
        "/",
        x -> {
          try (x) {
            x.getResponseHeaders().add("ETag", "\"1\"");
            x.sendResponseHeaders(200, bytes.length);
            x.getResponseBody().write(bytes);
          }
        });
    server.start();
    assets =
        new AssetSettings(
                AccessPolicy.DEFAULT.withPrivateNetworks(true),
                Credentials.NONE,
                S3Settings.DEFAULT,
                folder.resolve("cache"),
                1L << 30)
            .open();
  }

  @AfterEach
  void stop() {
    assets.close();
    server.stop(0);
  }

  private String uri(String path) {
    return "http://127.0.0.1:%d%s".formatted(server.getAddress().getPort(), path);
  }

  private static byte[] zipped(Path folder, Path to) throws IOException {
    try (OutputStream out = Files.newOutputStream(to);
        ZipOutputStream zip = new ZipOutputStream(out);
        Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        String name = folder.getParent().relativize(file).toString().replace('\\', '/');
        zip.putNextEntry(new ZipEntry(name));
        Files.copy(file, zip);
        zip.closeEntry();
      }
    }
    return Files.readAllBytes(to);
  }

  @Test
  void aZippedSafeIsDownloadedAndReadAsTheFolderIs() throws Exception {
    Path safe =
        SceneSimulator.writeSafe(
            SceneSpec.sentinel1(600, 500, 1, SceneKind.COAST),
            folder.resolve("made"),
            folder.resolve("truth"),
            ProgressListener.NONE);
    bytes = zipped(safe, folder.resolve("made.zip"));
    Window window = new Window(100, 100, 300, 200);

    // as the Copernicus Data Space names it, and as others do
    for (String path :
        List.of("/odata/v1/Products(1)/$value", "/x/" + safe.getFileName() + ".zip")) {
      try (Product folderProduct = Products.open(safe);
          Product remote = new AssetImagery(assets).open(uri(path), AssetHints.NONE)) {
        assertThat(remote.scenes()).hasSize(2);
        assertThat(remote.scene("VH").read(window))
            .isEqualTo(folderProduct.scene("VH").read(window));
      }
    }
  }

  @Test
  void aPageInPlaceOfAProductIsToldByItsUrl() {
    bytes = "<html>please log in</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (String path : List.of("/a.zip", "/a.tif", "/a")) {
      SceneException failure =
          catchThrowableOfType(
              SceneException.class,
              () -> new AssetImagery(assets).open(uri(path), AssetHints.NONE).close());
      assertThat(failure.reason()).isEqualTo(SceneException.Reason.NOT_A_PRODUCT);
      assertThat(failure).hasMessageContaining(uri(path));
    }
  }
}
