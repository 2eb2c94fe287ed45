package dev.sarscribe.imagery.radiometry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerLevelsTest {
  @ParameterizedTest
  @CsvSource({"-25, 5", "-22.371, -3.908", "-61, -59", "-14.0001, -14", "40, 93.5", "-300, 300"})
  void aLevelIsTheRoundedPlaceOfTheDecibelsInTheStretch(double low, double high) {
    PowerLevels levels = new PowerLevels(new Stretch(low, high));
    Random random = new Random(8);
    float[] powers = new float[20_000];
    for (int i = 0; i < powers.length; i++) {
      double db = low + (high - low) * (1.4 * random.nextDouble() - 0.2);
      powers[i] = (float) Math.pow(10, db / 10);
    }
    byte[] got = new byte[powers.length];

    levels.of(powers, 0, got, 0, powers.length);

    for (int i = 0; i < powers.length; i++) {
      double place = 1 + 254 * (10 * Math.log10(powers[i]) - low) / (high - low);
      double exact = Math.max(1, Math.min(255, place));
      // half a level, a 64th of one, and what single precision leaves of a power
      double tolerance = 0.5 + 1 / 64.0 + 254 * 4.35 * 6e-8 / (high - low) + 1e-6;
      assertThat(Math.abs((got[i] & 0xFF) - exact)).as("%s", powers[i]).isLessThan(tolerance);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, 0",
    "0, 1",
    "-0.0, 1",
    "-3, 1",
    "-Infinity, 1",
    "1e-45, 1",
    "3.4e38, 255",
    "Infinity, 255"
  })
  void whatIsNoPowerInTheStretchGoesToItsEnds(float power, int level) {
    byte[] got = new byte[1];

    new PowerLevels(new Stretch(-25, 5)).of(new float[] {power}, 0, got, 0, 1);

    assertThat(got[0] & 0xFF).isEqualTo(level);
  }
}
