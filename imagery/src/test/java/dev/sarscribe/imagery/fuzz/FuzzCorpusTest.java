package dev.sarscribe.imagery.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sarscribe.imagery.SceneException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** The inputs that the fuzzer kept, between them every path of the readers that it found. */
class FuzzCorpusTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void keptTiffsAreReadOrRefused() throws Exception {
    replay("TiffFuzz", TiffFuzz::outcome);
  }

  @Test
  void keptXmlIsReadOrRefused() throws Exception {
    replay("XmlFuzz", XmlFuzz::outcome);
  }

  @Test
  void keptZipsAreReadOrRefused() throws Exception {
    replay("SafeZipFuzz", SafeZipFuzz::outcome);
  }

  @Test
  void keptPicturesAreReadOrRefused() throws Exception {
    replay("PictureFuzz", PictureFuzz::outcome);
  }

  private static void replay(String target, Function<byte[], Optional<Reason>> outcome)
      throws IOException {
    Map<String, byte[]> corpus = corpus(target);
    assertThat(corpus).hasSizeGreaterThan(20);
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (Map.Entry<String, byte[]> input : corpus.entrySet()) {
            try {
              outcome.apply(input.getValue());
            } catch (RuntimeException | Error e) {
              throw new AssertionError(target + " " + input.getKey(), e);
            }
          }
        });
  }

  private static Map<String, byte[]> corpus(String target) throws IOException {
    Map<String, byte[]> inputs = new LinkedHashMap<>();
    try (InputStream in = FuzzCorpusTest.class.getResourceAsStream("/fuzz/" + target + ".zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        inputs.put(e.getName(), zip.readAllBytes());
      }
    }
    return inputs;
  }
}
