package dev.sarscribe.imagery.tiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.Window;
import dev.sarscribe.imagery.product.ContentDigest;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.source.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByteSourceTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("ramp-VV.tif");
    try (GeoTiffWriter writer =
        GeoTiffWriter.builder(file, 300, 1000).sampleType(SampleType.UINT16).deflate(true).open()) {
      for (int y = 0; y < 1000; y++) {
        short[] row = new short[300];
        for (int x = 0; x < 300; x++) {
          row[x] = (short) (x + y);
        }
        writer.writeRows(row);
      }
    }
  }

  /** Bytes in memory that say that they are far away, three at a time. */
  private static final class Far implements ByteSource {
    private final byte[] bytes;
    private final List<Range> announced = new ArrayList<>();
    private boolean closed;
    private int failAt = Integer.MAX_VALUE;

    Far(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public String name() {
      return "https://example.org/a.tif";
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      if (position >= failAt) {
        throw new IOException("the line is dead");
      }
      if (position >= bytes.length) {
        return -1;
      }
      int n = Math.min(Math.min(into.remaining(), 3_000), bytes.length - (int) position);
      into.put(bytes, (int) position, n);
      return n;
    }

    @Override
    public boolean isRemote() {
      return true;
    }

    @Override
    public void announce(List<Range> ranges) {
      announced.addAll(ranges);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aRasterReadsTheSameFromAnySource() throws Exception {
    Far far = new Far(Files.readAllBytes(file));
    Window window = new Window(10, 100, 200, 700);
    try (TiffRaster near = TiffRaster.open(file);
        TiffRaster remote = TiffRaster.open(far)) {
      assertThat(remote.read(0, window)).isEqualTo(near.read(0, window));
    }
    assertThat(far.closed).isTrue();
  }

  @Test
  void blocksAreAnnouncedBeforeTheyAreReadAndNotAgain() throws Exception {
    Far far = new Far(Files.readAllBytes(file));
    try (TiffRaster remote = TiffRaster.open(far)) {
      remote.read(0, new Window(0, 0, 300, 1000));
      assertThat(far.announced).hasSize((int) remote.blocks());
      far.announced.clear();
      remote.read(0, new Window(0, 0, 300, 1000));
      assertThat(far.announced).isEmpty();
    }
  }

  @Test
  void aProductOfASourceIsThatOfItsFile() throws Exception {
    try (Product near = Products.open(file);
        Product remote = Products.open(new Far(Files.readAllBytes(file)), "ramp-VV.tif")) {
      assertThat(remote.info()).isEqualTo(near.info());
      assertThat(remote.scenes().get(0).polarization()).isEqualTo("VV");
    }
    assertThat(ContentDigest.of(new Far(Files.readAllBytes(file))))
        .isEqualTo(ContentDigest.of(file));
  }

  @Test
  void aSourceThatFailsIsNamedWithTheCause() throws Exception {
    Far far = new Far(Files.readAllBytes(file));
    far.failAt = 0;
    assertThatThrownBy(() -> TiffRaster.open(far))
        .isInstanceOf(SceneException.class)
        .hasMessage("https://example.org/a.tif: reading at byte 0: the line is dead")
        .hasCauseInstanceOf(IOException.class);
    assertThat(far.closed).isTrue();
  }
}
