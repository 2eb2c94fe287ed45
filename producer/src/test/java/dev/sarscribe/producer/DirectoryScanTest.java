package dev.sarscribe.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryScanTest {
  @TempDir private Path root;

  @Test
  void findsRastersInSubfoldersAndTakesASafeFolderAsOneProduct() throws Exception {
    file("2026/11/scene.TIF");
    file("S1A_X.SAFE/manifest.safe");
    file("S1A_X.SAFE/measurement/vv.tiff");

    assertThat(names(products(scan(root)))).containsExactly("2026/11/scene.TIF", "S1A_X.SAFE");
  }

  @Test
  void passesOverHiddenAndTemporaryNames() throws Exception {
    file(".hidden/scene.tif");
    file(".scene.tif");
    file("scene.tif.part");
    file("scene.tif.tmp");
    file("scene.tif.crdownload");
    file("scene.tif~");
    file("S1A_X.SAFE.tmp/manifest.safe");

    DirectoryScan scan = scan(root);

    assertThat(scan.products()).isEmpty();
    assertThat(scan.ignored()).isEmpty();
  }

  @Test
  void namesWhatIsNoProduct() throws Exception {
    file("readme.txt");
    file("broken.tif");

    DirectoryScan scan = scan(root);

    assertThat(names(scan.ignored())).containsExactly("readme.txt");
    assertThat(names(products(scan))).containsExactly("broken.tif");
  }

  @Test
  void takesWhatItsPatternsIncludeAndPassesOverWhatTheyExclude() throws Exception {
    file("S1A_X.SAFE/manifest.safe");
    file("a/scene.tif");
    file("quarantine/scene.tif");
    file("a/notes.txt");
    var filter = new PathFilter(List.of("*.SAFE", "a/*.tif"), List.of("quarantine"));

    DirectoryScan scan = DirectoryScan.of(root, filter);

    assertThat(names(products(scan))).containsExactly("S1A_X.SAFE", "a/scene.tif");
    assertThat(scan.ignored()).isEmpty();
  }

  @Test
  void survivesALinkThatLeadsBack() throws Exception {
    file("a/scene.tif");
    Files.createSymbolicLink(root.resolve("a/loop"), root);

    assertThat(names(products(scan(root)))).contains("a/scene.tif");
  }

  @Test
  void anAbsentDirectoryIsAnError() {
    assertThatThrownBy(() -> scan(root.resolve("absent")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("absent is not a directory");
  }

  @Test
  void aFingerprintChangesWithAnyFileOfAFolder() throws Exception {
    file("S1A_X.SAFE/manifest.safe");
    Path measurement = file("S1A_X.SAFE/measurement/vv.tiff");
    Fingerprint before = Fingerprint.of(root.resolve("S1A_X.SAFE"));

    assertThat(Fingerprint.of(root.resolve("S1A_X.SAFE"))).isEqualTo(before);
    Files.writeString(measurement, "longer than before");
    assertThat(Fingerprint.of(root.resolve("S1A_X.SAFE"))).isNotEqualTo(before);
  }

  private static DirectoryScan scan(Path directory) throws IOException {
    return DirectoryScan.of(directory, PathFilter.ALL);
  }

  private static List<Path> products(DirectoryScan scan) {
    return scan.products().stream().map(DirectoryScan.Found::path).toList();
  }

  private Path file(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "content");
  }

  private List<String> names(List<Path> paths) {
    return paths.stream().map(p -> root.relativize(p).toString()).toList();
  }
}
