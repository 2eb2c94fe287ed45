package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class DjlRuntimeTest {
  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "only Linux says which libraries are mapped")
  void aProcessThatIsKilledLeavesNoLibrariesOfOnnxRuntimeInTheTemporaryFolder() throws Exception {
    DjlRuntime.engine();

    List<String> mapped;
    try (Stream<String> lines =
        Files.lines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
      mapped = lines.filter(line -> line.contains("/onnxruntime-java")).toList();
    }
    assertThat(mapped).as("the runtime is loaded from there").isNotEmpty();
    assertThat(mapped)
        .allSatisfy(
            line -> {
              Path library =
                  Path.of(line.substring(line.indexOf('/')).replaceFirst(" \\(deleted\\)$", ""));
              assertThat(library).doesNotExist();
              assertThat(library.getParent()).doesNotExist();
            });
  }
}
