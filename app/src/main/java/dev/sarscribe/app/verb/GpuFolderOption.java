package dev.sarscribe.app.verb;

import dev.sarscribe.captioner.gpu.GpuFolder;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the GPU engines' libraries and plans are. */
public final class GpuFolderOption {
  @Option(
      names = {"--dir", "--gpu-dir"},
      paramLabel = "DIR",
      description = {
        "Folder of the GPU engines' libraries (default: sarscribe/gpu in the user's cache folder).",
        "The engines look there too if SARSCRIBE_GPU_DIR names it."
      })
  private Path folder;

  GpuFolder folder() {
    return folder == null ? GpuFolder.standard() : new GpuFolder(folder);
  }
}
