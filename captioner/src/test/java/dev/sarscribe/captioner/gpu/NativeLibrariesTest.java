package dev.sarscribe.captioner.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sarscribe.captioner.CaptionerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NativeLibrariesTest {
  @TempDir private Path root;

  @ParameterizedTest
  @EnumSource(GpuEngine.class)
  void aLibraryThatIsMissingIsNamedWithTheCommandThatBringsIt(GpuEngine engine) {
    assumeFalse(Files.exists(Path.of("/proc/driver/nvidia/version")), "this machine may have CUDA");

    assertThatThrownBy(() -> NativeLibraries.load(engine, new GpuFolder(root)))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("libcudart.so.12 does not load: ")
        .hasMessageContaining("cannot open shared object file")
        .hasMessageEndingWith(
            "`sarscribe gpu install --engine " + engine.engineName() + "` brings it");
  }

  @Test
  void aLibraryThatIsDamagedIsNamed() throws Exception {
    GpuFolder folder = new GpuFolder(root);
    Path place = folder.place(GpuEngine.TENSORRT.redistributables().get(0));
    Files.createDirectories(place);
    Files.writeString(place.resolve("libcudart.so.12"), "no library");

    assertThatThrownBy(() -> NativeLibraries.load(GpuEngine.TENSORRT, folder))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("libcudart.so.12 does not load: ");
  }

  @ParameterizedTest
  @EnumSource(GpuEngine.class)
  void noTwoArchivesOfAnEngineBringTheSameFile(GpuEngine engine) {
    Set<Path> files = new HashSet<>();
    GpuFolder folder = new GpuFolder(root);

    for (Redistributable archive : engine.redistributables()) {
      if (archive.isKeptWhole()) {
        assertThat(files.add(folder.place(archive).resolve(archive.fileName()))).isTrue();
      }
      archive
          .libraries()
          .forEach(library -> assertThat(files.add(Path.of(library.name()))).isTrue());
      assertThat(folder.has(archive)).isFalse();
    }
    assertThat(folder.has(engine)).isFalse();
  }
}
