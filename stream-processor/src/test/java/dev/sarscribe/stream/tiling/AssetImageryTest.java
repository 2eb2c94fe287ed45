package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

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
import dev.sarscribe.testing.FileHost;
import dev.sarscribe.testing.LoopbackServer;
import java.io.IOException;
import java.io.OutputStream;
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
  private final FileHost file = new FileHost(new byte[0]);
  private LoopbackServer server;
  private Assets assets;

  @BeforeEach
  void start() throws IOException {
    file.ranges = false;
    server = LoopbackServer.serving(x -> file.handle(x, 1));
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
    server.close();
  }

  private String uri(String path) {
    return server.uri(path).toString();
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
    file.bytes = zipped(safe, folder.resolve("made.zip"));
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
    file.bytes = "<html>please log in</html>".getBytes(java.nio.charset.StandardCharsets.UTF_8);
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
