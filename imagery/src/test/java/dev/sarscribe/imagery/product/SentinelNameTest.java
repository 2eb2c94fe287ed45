package dev.sarscribe.imagery.product;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentinelNameTest {
  private static final String TAKE =
      "S1A_IW_GRDH_1SDV_20210809T173953_20210809T174018_039156_049F13";

  @ParameterizedTest
  @ValueSource(
      strings = {"", "_6FF8", "_6ff8", "_6FF8.SAFE", "_6FF8_COG.SAFE", "_6FF8.SAFE.zip", ".zip"})
  void productsOfOneDataTakeAreOneAcquisition(String ending) {
    assertThat(SentinelName.acquisitionId(TAKE + ending)).isEqualTo(TAKE);
  }

  @Test
  void aDerivedProductIsAnother() {
    assertThat(SentinelName.acquisitionId(TAKE + "_rtc")).isEqualTo(TAKE + "_rtc");
  }

  @Test
  void aNameSaysItsOrbits() {
    SentinelName name = SentinelName.of(TAKE + "_6FF8").orElseThrow();

    assertThat(name.absoluteOrbit()).contains(39156);
    assertThat(name.relativeOrbit()).contains(59);
  }
}
