package dev.sarscribe.imagery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TileGridTest {
  @Test
  void everyPixelIsInExactlyOneTileAndItsTileInItsBand() {
    Random random = new Random(17);
    for (int i = 0; i < 300; i++) {
      TileGrid grid =
          new TileGrid(1 + random.nextInt(150), 1 + random.nextInt(150), 1 + random.nextInt(70));
      int[] times = new int[grid.width() * grid.height()];
      int tiles = 0;
      for (int band = 0; band < grid.bands(); band++) {
        Window whole = grid.band(band);
        for (int column = 0; column < grid.columns(); column++) {
          Window w = grid.tile(band, column);
          tiles++;
          assertThat(w.width()).isBetween(1, grid.tileSize());
          assertThat(w.y()).isEqualTo(whole.y());
          assertThat(w.height()).isEqualTo(whole.height());
          for (int y = w.y(); y < w.bottom(); y++) {
            for (int x = w.x(); x < w.right(); x++) {
              times[y * grid.width() + x]++;
            }
          }
        }
      }
      assertThat(tiles).isEqualTo(grid.tiles());
      assertThat(times).as("of %s", grid).containsOnly(1);
    }
  }
}
