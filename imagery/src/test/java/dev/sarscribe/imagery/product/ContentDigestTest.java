package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.imagery.SceneException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentDigestTest {
  @TempDir Path folder;

  @Test
  void filesThatDifferOnlyInTheMiddleDiffer() throws Exception {
    byte[] content = new byte[1 << 20];
    Path one = Files.write(folder.resolve("one"), content);
    content[content.length / 2] = 1;
    Path two = Files.write(folder.resolve("two"), content);

    assertThat(ContentDigest.of(one)).hasSize(16).isNotEqualTo(ContentDigest.of(two));
  }

  @Test
  void aLargeFileOfWhichAPartIsMissingDiffersFromTheWhole() throws Exception {
    Path file = folder.resolve("large");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(64L << 20);
      String empty = ContentDigest.of(file);
      large.seek(40L << 20);
      large.write(new byte[2 << 20]);
      assertThat(ContentDigest.of(file)).isEqualTo(empty);
      byte[] data = new byte[2 << 20];
      java.util.Arrays.fill(data, (byte) 7);
      large.seek(40L << 20);
      large.write(data);
    }

    Path sparse = folder.resolve("sparse");
    try (var large = new RandomAccessFile(sparse.toFile(), "rw")) {
      large.setLength(64L << 20);
    }
    assertThat(ContentDigest.of(file)).isNotEqualTo(ContentDigest.of(sparse));
  }

  @Test
  void aFolderIsItsFilesAndNotItsPlace() throws Exception {
    Path a = Files.createDirectories(folder.resolve("a/x.SAFE/measurement"));
    Path b = Files.createDirectories(folder.resolve("b/x.SAFE/measurement"));
    Files.writeString(a.resolve("m.tiff"), "pixels");
    Files.writeString(b.resolve("m.tiff"), "pixels");
    String before = ContentDigest.of(a.getParent());

    assertThat(before).isEqualTo(ContentDigest.of(b.getParent()));
    Files.writeString(b.resolve("m.tiff"), "pixelz");
    assertThat(before).isNotEqualTo(ContentDigest.of(b.getParent()));
  }

  @Test
  void aMaskFileBelongsToItsRasterWhateverTheirName() throws Exception {
    Path a = Files.write(folder.resolve("a.tif"), new byte[10]);
    String alone = ContentDigest.of(a);
    Files.write(folder.resolve("a.tif.msk"), new byte[10]);
    Path b = Files.write(folder.resolve("b.tif"), new byte[10]);
    Files.write(folder.resolve("b.tif.msk"), new byte[10]);

    assertThat(ContentDigest.of(a)).isNotEqualTo(alone).isEqualTo(ContentDigest.of(b));
  }

  @Test
  void aMissingFileIsASceneException() {
    assertThatThrownBy(() -> ContentDigest.of(folder.resolve("none")))
        .isInstanceOf(SceneException.class)
        .hasMessageContaining("none");
  }
}
