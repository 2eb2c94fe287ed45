package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Home;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.Plans;
import dev.sarscribe.captioner.onnx.GpuCaptioners;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Compiles a model for this machine's GPU. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    header = "Compile a model's graphs of fixed shapes with TensorRT for this machine's GPU.",
    description = {
      "The engine tensorrt needs it once for each model, GPU, TensorRT and precision. Takes minutes;",
      "plans that are there are not built again."
    },
    footerHeading = "%nExample:%n",
    footer = "  sarscribe gpu plan --precision fp16")
public final class GpuPlanVerb implements Callable<Integer> {
  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder with a manifest.json (default: the model that came along).")
  private Path model;

  @Option(
      names = "--precision",
      paramLabel = "fp32|fp16",
      defaultValue = "fp32",
      description = "What TensorRT may compute with (default: ${DEFAULT-VALUE}).")
  private Precision precision = Precision.FP32;

  @Mixin private GpuFolderOption gpu;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws CaptionerException, CommandFailedException {
    LocalModel local = LocalModel.open(model == null ? Home.defaultModel() : model);
    Plans plans = GpuCaptioners.buildPlans(local, precision, gpu.folder());
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%s for %s, TensorRT %s, %s%n",
        plans.key().model(),
        plans.key().gpu(),
        plans.key().runtime(),
        plans.key().precision().label());
    plans.graphs().forEach((graph, plan) -> out.printf("  %-24s %s%n", graph, plan.file()));
    out.printf("in %s%n", plans.folder());
    out.flush();
    return 0;
  }
}
