package dev.sarscribe.imagery.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FractalTest {
  @Test
  void rememberingCellsDoesNotChangeTheNoise() {
    Fractal fractal = new Fractal(3, 6, 400);
    Random random = new Random(1);
    double x = -5000;
    for (int i = 0; i < 3000; i++) {
      x += random.nextInt(40);
      double y = random.nextInt(4) * 700;

      assertThat(fractal.at(x, y)).isCloseTo(Noise.fbm(3, x / 400, y / 400, 6), within(1e-5f));
    }
  }

  @Test
  void aMaskAgreesWithItsNoiseOnWhichSideOfTheThresholdAPointLies() {
    Mask mask = new Mask(8, 7, 900, 10);
    int above = 0;
    for (int i = 0; i < 4000; i++) {
      double x = 13.7 * i;

      boolean said = mask.above(x, 5 * i, 0.07);

      assertThat(said).isEqualTo(mask.at(x, 5 * i) > 0.07);
      above += said ? 1 : 0;
    }
    assertThat(above).isBetween(800, 2600);
  }

  @Test
  void interpolationAlongARowDoesNotDependOnWhatWasAskedBefore() {
    RowNoise walked = new RowNoise(new Fractal(5, 3, 2000)::at, 60);
    for (int x = 0; x < 3000; x += 7) {
      RowNoise fresh = new RowNoise(new Fractal(5, 3, 2000)::at, 60);

      assertThat(walked.at(x, 40)).isEqualTo(fresh.at(x, 40));
      assertThat(fresh.at(x, 40)).isCloseTo(new Fractal(5, 3, 2000).at(x, 40), within(0.02f));
    }
  }
}
