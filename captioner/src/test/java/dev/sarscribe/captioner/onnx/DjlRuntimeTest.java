package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "/tmp/onnxruntime-java17/libonnxruntime4j_jni.so, /tmp/onnxruntime-java17",
    // Another class loader may still be unpacking what is loaded after it.
    "/tmp/onnxruntime-java17/libonnxruntime.so,",
    "/tmp/onnxruntime-java17/libonnxruntime4j_jni.so (deleted),",
    // Where a user has put them, with -Donnxruntime.native.path.
    "/tmp/onnxruntime-java-mine/libonnxruntime4j_jni.so,",
    "/opt/onnxruntime-java17/libonnxruntime4j_jni.so,",
    "/libonnxruntime4j_jni.so,",
    "/usr/lib/libc.so.6,"
  })
  @EnabledOnOs(value = OS.LINUX, disabledReason = "the names of libraries are those of Linux")
  void onlyAFolderThatOnnxRuntimeHasMadeAndLoadedAllOfIsItsOwn(String file, Path folder) {
    String mapping = "7f0a00000000-7f0a00001000 r-xp 00000000 fe:01 1234      " + file;

    assertThat(DjlRuntime.unpackedFolder(mapping, Path.of("/tmp")))
        .isEqualTo(Optional.ofNullable(folder));
    assertThat(
            DjlRuntime.unpackedFolder(
                "7f0a00000000-7f0a00001000 rw-p 00000000 00:00 0", Path.of("/tmp")))
        .isEmpty();
  }
}
