package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BandsTest {
  private static final SceneSpec SCENE = SceneSpec.sentinel1(2100, 1100, 5, SceneKind.COAST);

  @Test
  void theNumberOfThreadsDoesNotChangeAPixel() throws Exception {
    List<Band> alone = bands(SCENE, 1);
    List<Band> together = bands(SCENE, 3);

    assertThat(alone).hasSizeGreaterThan(2).hasSameSizeAs(together);
    for (int i = 0; i < alone.size(); i++) {
      assertThat(together.get(i).firstRow()).isEqualTo(alone.get(i).firstRow());
      assertThat(together.get(i).vv()).isEqualTo(alone.get(i).vv());
      assertThat(together.get(i).vh()).isEqualTo(alone.get(i).vh());
      assertThat(together.get(i).cover()).isEqualTo(alone.get(i).cover());
    }
  }

  @Test
  void aTallSceneIsNeverHeldWhole() throws Exception {
    SceneSpec tall = SceneSpec.sentinel1(64, 40_000, 3, SceneKind.OPEN_SEA);
    int[] rows = {0};

    Bands.render(
        new SceneRenderer(tall),
        1,
        ProgressListener.NONE,
        band -> {
          assertThat(band.vv().length).isLessThanOrEqualTo(Bands.BAND_PIXELS);
          assertThat(band.vv().length).isLessThan(tall.width() * tall.height() / 2);
          assertThat(band.firstRow()).isEqualTo(rows[0]);
          rows[0] += band.rows();
        });

    assertThat(rows[0]).isEqualTo(40_000);
  }

  @Test
  void progressGrowsToTheHeightOfTheScene() throws Exception {
    List<Integer> heard = new ArrayList<>();

    Bands.render(
        new SceneRenderer(SCENE), 2, (done, total) -> heard.add(done * 10_000 + total), band -> {});

    assertThat(heard).isSorted().last().isEqualTo(1100 * 10_000 + 1100);
  }

  @Test
  void aFailingSinkEndsTheRendering() {
    assertThatThrownBy(
            () ->
                Bands.render(
                    new SceneRenderer(SCENE),
                    2,
                    ProgressListener.NONE,
                    band -> {
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("disk full");
  }

  private static List<Band> bands(SceneSpec spec, int threads) throws IOException {
    List<Band> bands = new ArrayList<>();
    Bands.render(new SceneRenderer(spec), threads, ProgressListener.NONE, bands::add);
    return bands;
  }
}
