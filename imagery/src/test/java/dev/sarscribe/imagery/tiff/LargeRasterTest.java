package dev.sarscribe.imagery.tiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.TileGrid;
import dev.sarscribe.imagery.oracle.Oracle;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.imagery.product.Scene;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scenes of a Sentinel-1 product's size. */
class LargeRasterTest {
  private static final int WIDTH = 25_000;
  private static final int HEIGHT = 16_700;
  private static final int TILE = 256;

  @TempDir Path folder;

  /** A tiled DEFLATE raster whose tiles are all the one block given. */
  private Path tiled(String name, int sampleBits, int sampleFormat, byte[] block)
      throws IOException {
    int tiles = ((WIDTH - 1) / TILE + 1) * ((HEIGHT - 1) / TILE + 1);
    int entries = 12;
    int arrays = 8 + 2 + 12 * entries + 4;
    int data = arrays + 8 * tiles;
    ByteBuffer b = ByteBuffer.allocate(data + block.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) entries);
    int[][] fields = {
      {256, WIDTH},
      {257, HEIGHT},
      {258, sampleBits},
      {259, 8},
      {262, 1},
      {277, 1},
      {284, 1},
      {322, TILE},
      {323, TILE},
      {324, arrays},
      {325, arrays + 4 * tiles},
      {339, sampleFormat}
    };
    for (int[] f : fields) {
      int count = f[0] == 324 || f[0] == 325 ? tiles : 1;
      b.putShort((short) f[0]).putShort((short) 4).putInt(count).putInt(f[1]);
    }
    b.putInt(0);
    for (int i = 0; i < 2 * tiles; i++) {
      b.putInt(i < tiles ? data : block.length);
    }
    return Files.write(folder.resolve(name), b.put(block).array());
  }

  private static byte[] deflated(byte[] raw) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflater = new DeflaterOutputStream(out)) {
      deflater.write(raw);
    }
    return out.toByteArray();
  }

  @Test
  void openingDecodesNoBlockUnlessFloatsHideTheirMeaning() throws Exception {
    byte[] damaged = {1, 2, 3};
    try (Product p = Products.open(tiled("dn.tif", 16, 1, damaged))) {
      Scene scene = p.scenes().get(0);
      assertThat(p.info().productId()).isEqualTo("dn");
      assertThatThrownBy(() -> scene.read(new TileGrid(WIDTH, HEIGHT, 512).tile(3, 3)))
          .isInstanceOf(SceneException.class)
          .hasMessageContaining("DEFLATE");
    }
    Products.open(tiled("norm_dB.tif", 32, 3, damaged)).close();
    Path hidden = tiled("unknown.tif", 32, 3, damaged);
    assertThatThrownBy(() -> Products.open(hidden)).hasMessageContaining("DEFLATE");
  }

  @Test
  void openingReadsHeadersOnly() throws Exception {
    Path io = Path.of("/proc/self/io");
    assumeTrue(Files.isReadable(io), "no /proc/self/io to count bytes with");
    Path path = folder.resolve("raw.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 1000, 1).sampleType(SampleType.UINT16).open()) {
      w.writeRows(new short[1000]);
    }
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      grow(file);
    }
    long before = bytesRead(io);
    // when
    try (Product p = Products.open(path)) {
      assertThat(p.scenes().get(0).height()).isEqualTo(100_000);
    }
    // then
    assertThat(bytesRead(io) - before).isLessThan(4 << 20);
    assertThat(Files.size(path)).isGreaterThan(200_000_000);
  }

  /** Turns a raster of one row into one of 100,000 rows, a hole in the file. */
  private static void grow(RandomAccessFile file) throws IOException {
    byte[] head = new byte[(int) file.length()];
    file.readFully(head);
    ByteBuffer b = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    int directory = b.getInt(4);
    int rows = 100_000;
    for (int i = 0; i < b.getShort(directory); i++) {
      int at = directory + 2 + 12 * i;
      switch (b.getShort(at)) {
        case 257, 278 -> b.putInt(at + 8, rows);
        case 273 -> b.putInt(at + 8, head.length);
        case 279 -> b.putInt(at + 8, rows * 2000);
        default -> {
          // the rest holds for any height
        }
      }
    }
    file.seek(0);
    file.write(head);
    file.setLength(head.length + rows * 2000L);
  }

  private static long bytesRead(Path io) throws IOException {
    return Files.readAllLines(io).stream()
        .filter(l -> l.startsWith("rchar: "))
        .mapToLong(l -> Long.parseLong(l.substring(7)))
        .sum();
  }

  /** The scene is 835 MB as stored and 1.7 GB as floats; a band of 512 rows is 51 MB. */
  @Test
  void aWholeSceneIsReadBandByBandInALittleHeap() throws Exception {
    byte[] tile = new byte[2 * TILE * TILE];
    for (int i = 0; i < tile.length; i += 2) {
      tile[i] = (byte) (1 + i % 7);
    }
    Path path = tiled("scene.tif", 16, 1, deflated(tile));
    String said =
        Oracle.run(
            folder,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx160m",
                "-cp",
                System.getProperty("java.class.path"),
                ReadAll.class.getName(),
                path.toString()));

    assertThat(said.strip()).isEqualTo(String.format(Locale.ROOT, "%d pixels", 417_500_000));
  }

  /** Reads every band of a scene, in a process of its own. */
  static final class ReadAll {
    private ReadAll() {}

    public static void main(String[] args) throws SceneException {
      long valid = 0;
      try (Product p = Products.open(Path.of(args[0]))) {
        Scene scene = p.scenes().get(0);
        TileGrid grid = new TileGrid(scene.width(), scene.height(), 512);
        for (int band = 0; band < grid.bands(); band++) {
          for (float v : scene.read(grid.band(band))) {
            valid += v > 0 ? 1 : 0;
          }
        }
      }
      System.out.println(valid + " pixels");
    }
  }
}
