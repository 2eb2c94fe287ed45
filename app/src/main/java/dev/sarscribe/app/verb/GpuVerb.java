package dev.sarscribe.app.verb;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What the engines need that run on an NVIDIA GPU. */
@Command(
    name = "gpu",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    header = "Install what the GPU engines need beside the NVIDIA driver, and build plans.",
    subcommands = {GpuInstallVerb.class, GpuPlanVerb.class, GpuStatusVerb.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe gpu install --repository URL --engine tensorrt --yes",
      "  sarscribe gpu plan --precision fp16",
      "  sarscribe local --engine tensorrt --precision fp16"
    })
public final class GpuVerb implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
