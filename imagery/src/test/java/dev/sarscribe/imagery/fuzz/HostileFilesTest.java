package dev.sarscribe.imagery.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sarscribe.imagery.SceneException.Reason;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each hostile file is refused for its own reason, or read within bounds, soon enough. */
class HostileFilesTest {
  /** A reader that takes longer hangs. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TestFactory
  Stream<DynamicTest> hostileTiffs() {
    return tests(HostileTiffs.all().stream(), TiffFuzz::outcome);
  }

  @TestFactory
  Stream<DynamicTest> hostileXml() {
    return tests(HostileXml.all().stream(), XmlFuzz::outcome);
  }

  @TestFactory
  Stream<DynamicTest> hostileZips() {
    return tests(HostileZips.all().stream(), SafeZipFuzz::outcome);
  }

  @TestFactory
  Stream<DynamicTest> hostilePictures() {
    return tests(HostilePictures.all().stream(), PictureFuzz::outcome);
  }

  private static Stream<DynamicTest> tests(
      Stream<Hostile> files, Function<byte[], Optional<Reason>> target) {
    return files.map(
        h ->
            DynamicTest.dynamicTest(
                h.name(),
                () ->
                    assertTimeoutPreemptively(
                        LIMIT, () -> assertThat(target.apply(h.bytes())).isEqualTo(h.reason()))));
  }
}
