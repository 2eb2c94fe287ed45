package dev.sarscribe.app.verb;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.gpu.GpuDevice;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import dev.sarscribe.captioner.gpu.Plans;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What is installed and built. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    header = "Say which GPU this is, and what is installed and built for it.",
    description = "Loads no library but the driver's. `sarscribe doctor` tries the engines.",
    footerHeading = "%nExample:%n",
    footer = "  sarscribe gpu status")
public final class GpuStatusVerb implements Callable<Integer> {
  @Mixin private GpuFolderOption gpu;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    GpuFolder folder = gpu.folder();
    out.printf("GPU     %s%n", device());
    out.printf("folder  %s%n", folder.root());
    for (GpuEngine engine : GpuEngine.values()) {
      List<String> missing =
          engine.redistributables().stream()
              .filter(archive -> !folder.has(archive))
              .map(archive -> archive.fileName())
              .toList();
      String state = missing.isEmpty() ? "installed" : "lacks " + String.join(", ", missing);
      out.printf("engine  %s: %s%n", engine.engineName(), state);
    }
    for (Path plans : Plans.list(folder)) {
      out.printf("plans   %s%n", plans.getFileName());
    }
    out.flush();
    return 0;
  }

  private static String device() {
    try {
      return GpuDevice.detect().description();
    } catch (CaptionerException e) {
      return e.getMessage();
    }
  }
}
