package dev.sarscribe.imagery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.imagery.SceneException.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SceneExceptionTest {
  @Test
  void aMessageStartsWithTheFilesNameAndIsNeverLong() {
    String endless = "x".repeat(1_000_000);

    assertThat(new SceneException(Reason.CORRUPT, Path.of("a", "b.tif"), "is " + endless))
        .hasMessageStartingWith("b.tif: is xxx")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1100));
  }

  @Test
  void aPartsFailureIsTheProductsUnderThePartsName() {
    SceneException part = new SceneException(Reason.TRUNCATED, Path.of("tmp-7.tiff"), "ends early");

    assertThat(part.within(Path.of("in", "p.zip"), "measurement/m.tiff"))
        .hasMessage("p.zip: measurement/m.tiff: ends early")
        .hasCause(part)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED));
  }
}
