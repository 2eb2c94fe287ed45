package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.TileJob;
import dev.sarscribe.stream.tiling.FakeImagery.FakeScene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductCacheTest {
  @TempDir private Path folder;
  private final FakeImagery imagery = new FakeImagery();
  private Path product;
  private Path measurement;

  @BeforeEach
  void writeProduct() throws Exception {
    product = folder.resolve("a.SAFE");
    measurement = Files.createDirectories(product.resolve("measurement")).resolve("vv.tiff");
    Files.writeString(measurement, "old");
    imagery.products.put(product, List.of(new FakeScene("VV", 64, 64)));
  }

  @Test
  void aProductStaysOpenForItsBandsUntilTheCacheIsClosed() throws Exception {
    try (ProductCache cache = new ProductCache(imagery)) {
      assertThat(cache.get(job("a", "1"))).isSameAs(cache.get(job("a", "1")));
      assertThat(imagery.opened).isEqualTo(1);
    }
    assertThat(imagery.closed).isEqualTo(1);
  }

  @Test
  void aFileThatChangesDeepInAFolderIsNoticed() throws Exception {
    try (ProductCache cache = new ProductCache(imagery)) {
      cache.get(job("a", "1"));
      Files.writeString(measurement, "newer");
      cache.get(job("a", "1"));
      assertThat(imagery.opened).isEqualTo(2);
      assertThat(imagery.closed).isEqualTo(1);
    }
  }

  @Test
  void aJobOfAnotherProductOrContentAtThePathOpensItAnew() throws Exception {
    try (ProductCache cache = new ProductCache(imagery)) {
      cache.get(job("a", "1"));
      cache.get(job("a", "2"));
      cache.get(job("b", "2"));
      assertThat(imagery.opened).isEqualTo(3);
    }
    assertThat(imagery.closed).isEqualTo(3);
  }

  private TileJob job(String productId, String checksum) {
    return TileJob.newBuilder()
        .setSource(
            AcquisitionSource.newBuilder().setAcquisitionId("a").setProductId(productId).build())
        .setProductUri(product.toUri().toString())
        .setPolarization("VV")
        .setSceneWidth(64)
        .setSceneHeight(64)
        .setTileSize(64)
        .setBand(0)
        .setFirstTileIndex(0)
        .setRecipe(FakeImagery.RECIPE)
        .setStretchLow(0)
        .setStretchHigh(1)
        .setChecksum(checksum)
        .build();
  }
}
