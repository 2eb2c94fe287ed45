package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SceneRendererTest {
  private static final SceneSpec AIRPORT = new SceneSpec(512, 512, 21, 1.2, SceneKind.AIRPORT, 3);

  @ParameterizedTest
  @EnumSource(SceneKind.class)
  void aSceneIsTheSameWhateverTheHeightOfItsBands(SceneKind kind) {
    double spacing = kind == SceneKind.VEHICLE_PARK ? 0.5 : 5;
    SceneSpec spec = new SceneSpec(200, 150, 77, spacing, kind, 4.4);

    Band whole = new SceneRenderer(spec).render(0, 150);

    SceneRenderer renderer = new SceneRenderer(spec);
    for (int y = 0; y < 150; y += 37) {
      Band band = renderer.render(y, Math.min(37, 150 - y));
      int from = y * 200;
      int to = from + band.vv().length;
      assertThat(band.vv()).isEqualTo(Arrays.copyOfRange(whole.vv(), from, to));
      assertThat(band.vh()).isEqualTo(Arrays.copyOfRange(whole.vh(), from, to));
      assertThat(band.cover()).isEqualTo(Arrays.copyOfRange(whole.cover(), from, to));
    }
  }

  @Test
  void anotherSeedIsAnotherScene() {
    SceneSpec one = new SceneSpec(64, 64, 1, 10, SceneKind.MIXED, 4.4);
    SceneSpec two = new SceneSpec(64, 64, 2, 10, SceneKind.MIXED, 4.4);

    assertThat(new SceneRenderer(one).render(0, 64).vv())
        .isNotEqualTo(new SceneRenderer(two).render(0, 64).vv());
  }

  @Test
  void boxesLieInsideTheSceneAndOnBrighterPixelsThanTheirSurroundings() {
    SceneRenderer renderer = new SceneRenderer(AIRPORT);
    Band canvas = renderer.render(0, 512);

    List<TruthObject> aircraft = renderer.truth();

    assertThat(aircraft).isNotEmpty();
    for (TruthObject box : aircraft) {
      assertThat(box.x() + box.width()).isLessThanOrEqualTo(512);
      assertThat(box.y() + box.height()).isLessThanOrEqualTo(512);
    }
    long brighter =
        aircraft.stream()
            .filter(box -> peak(canvas, box, 0) > 3 * mean(canvas, grown(box, 6)))
            .count();
    assertThat(brighter).isGreaterThanOrEqualTo(aircraft.size() * 9L / 10);
  }

  @Test
  void shipsStandOutOfTheSea() {
    for (long seed = 1; seed <= 5; seed++) {
      SceneRenderer renderer =
          new SceneRenderer(new SceneSpec(512, 512, seed, 10, SceneKind.OPEN_SEA, 4.4));
      Band canvas = renderer.render(0, 512);
      for (TruthObject ship : renderer.truth()) {
        assertThat(mean(canvas, ship)).isGreaterThan(2 * medianOf(canvas.vv()));
      }
    }
  }

  @Test
  void everyCategoryOccursInTheScenesOfItsKind() {
    assertThat(labels(SceneKind.COAST, 8)).contains(ObjectCategory.SHIP, ObjectCategory.HARBOR);
    assertThat(labels(SceneKind.AIRPORT, 1.5)).contains(ObjectCategory.AIRCRAFT);
    assertThat(labels(SceneKind.VEHICLE_PARK, 0.5)).contains(ObjectCategory.VEHICLE);
    assertThat(labels(SceneKind.INDUSTRIAL, 3)).contains(ObjectCategory.TANK);
    assertThat(labels(SceneKind.RIVER, 8)).contains(ObjectCategory.BRIDGE);
  }

  @Test
  void openSeaIsAllWaterAndFarmlandHasFields() {
    assertThat(share(SceneKind.OPEN_SEA, LandCover.WATER)).isEqualTo(1);
    assertThat(share(SceneKind.FARMLAND, LandCover.FIELD)).isGreaterThan(0.3);
    assertThat(share(SceneKind.FOREST, LandCover.FOREST)).isGreaterThan(0.3);
    assertThat(share(SceneKind.CITY, LandCover.URBAN)).isGreaterThan(0.5);
  }

  @Test
  void specsOutsideTheLimitsAreRefused() {
    assertThatThrownBy(() -> new SceneSpec(10, 100, 1, 10, SceneKind.CITY, 4.4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("10 x 100");
    assertThatThrownBy(() -> new SceneSpec(100, 100, 1, 0, SceneKind.CITY, 4.4))
        .hasMessageContaining("spacing");
    assertThatThrownBy(() -> new SceneSpec(100, 100, 1, 10, SceneKind.CITY, Double.NaN))
        .hasMessageContaining("looks");
  }

  private static List<ObjectCategory> labels(SceneKind kind, double spacing) {
    return IntStream.range(0, 6)
        .mapToObj(seed -> new SceneSpec(512, 512, seed, spacing, kind, 4.4))
        .flatMap(spec -> SceneSimulator.truth(spec).stream())
        .map(TruthObject::category)
        .distinct()
        .toList();
  }

  private static double share(SceneKind kind, LandCover cover) {
    Band canvas = new SceneRenderer(SceneSpec.sentinel1(512, 256, 3, kind)).render(0, 256);
    long n =
        IntStream.range(0, canvas.cover().length)
            .filter(i -> canvas.cover()[i] == cover.code())
            .count();
    return n / (double) canvas.cover().length;
  }

  private static TruthObject grown(TruthObject box, double by) {
    double x = Math.max(0, box.x() - by);
    double y = Math.max(0, box.y() - by);
    return new TruthObject(box.category(), x, y, box.width() + 2 * by, box.height() + 2 * by);
  }

  private static double peak(Band canvas, TruthObject box, double fallback) {
    return pixels(canvas, box).max().orElse(fallback);
  }

  private static double mean(Band canvas, TruthObject box) {
    return pixels(canvas, box).average().orElse(0);
  }

  private static java.util.stream.DoubleStream pixels(Band canvas, TruthObject box) {
    int right = (int) Math.min(canvas.width(), Math.ceil(box.x() + box.width()));
    int bottom = (int) Math.min(canvas.rows(), Math.ceil(box.y() + box.height()));
    return IntStream.range((int) box.y(), bottom)
        .boxed()
        .flatMapToDouble(
            y ->
                IntStream.range((int) box.x(), right)
                    .mapToDouble(x -> canvas.vv()[y * canvas.width() + x]));
  }

  private static double medianOf(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
