package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.gpu.GpuEngine;
import dev.sarscribe.captioner.gpu.GpuFolder;
import dev.sarscribe.captioner.gpu.Installer;
import dev.sarscribe.captioner.gpu.Redistributable;
import dev.sarscribe.captioner.gpu.Repository;
import java.io.Console;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fetches the libraries of GPU engines. */
@Command(
    name = "install",
    mixinStandardHelpOptions = true,
    header = "Fetch the libraries of the GPU engines into a folder of your own.",
    description = {
      "CUDA, cuDNN, TensorRT and ONNX Runtime for GPUs, as they are published on Maven Central, by",
      "size and SHA-1. NVIDIA's licences apply to them. What is there is not fetched again, and an",
      "interrupted fetch goes on where it was."
    },
    footerHeading = "%nExample:%n",
    footer = "  sarscribe gpu install --repository https://maven.example.com/maven2 --yes")
public final class GpuInstallVerb implements Callable<Integer> {
  /** A line for every so many percent. */
  private static final int STEP_PERCENT = 10;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description =
          "onnxruntime-cuda, onnxruntime-tensorrt or tensorrt; repeatable (default: all).")
  private List<String> engines = List.of();

  @Option(
      names = "--repository",
      paramLabel = "URL",
      required = true,
      description = "Base address of Maven Central, or of a mirror of it that you trust.")
  private String repository;

  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  @Mixin private GpuFolderOption gpu;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws CaptionerException, CommandFailedException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Installer installer = new Installer(gpu.folder(), Repository.at(repository));
    Set<GpuEngine> wanted = wanted();
    List<Redistributable> missing = installer.missing(wanted);
    for (Redistributable archive : missing) {
      out.printf("%8s  %s%n", mebibytes(archive.bytes()), installer.repository().of(archive));
    }
    if (!missing.isEmpty()) {
      confirm(installer.folder(), missing);
      installer.install(missing, new Lines(out));
    }
    out.printf("all that %s needs is in %s%n", names(wanted), installer.folder().root());
    if (!installer.folder().equals(GpuFolder.standard())) {
      out.printf("the engines find it with %s=%s%n", GpuFolder.VARIABLE, installer.folder().root());
    }
    out.flush();
    return 0;
  }

  private Set<GpuEngine> wanted() throws CommandFailedException {
    if (engines.isEmpty()) {
      return new LinkedHashSet<>(Arrays.asList(GpuEngine.values()));
    }
    Set<GpuEngine> wanted = new LinkedHashSet<>();
    for (String name : engines) {
      wanted.add(
          GpuEngine.named(name)
              .orElseThrow(
                  () ->
                      new CommandFailedException(
                          "%s is no engine of a GPU; those are %s"
                              .formatted(name, names(Arrays.asList(GpuEngine.values()))))));
    }
    return wanted;
  }

  private void confirm(GpuFolder folder, List<Redistributable> missing)
      throws CommandFailedException {
    long bytes = missing.stream().mapToLong(Redistributable::bytes).sum();
    long installed = missing.stream().mapToLong(Redistributable::installedBytes).sum();
    String question =
        "fetch %s, which become %s in %s, under the licences of NVIDIA and Microsoft?"
            .formatted(mebibytes(bytes), mebibytes(installed), folder.root());
    if (yes) {
      return;
    }
    Console console = System.console();
    String answer = console == null ? null : console.readLine("%s [y/N] ", question);
    if (answer == null) {
      throw new CommandFailedException(question + " Say --yes.");
    }
    if (!answer.strip().equalsIgnoreCase("y")) {
      throw new CommandFailedException("nothing was fetched");
    }
  }

  private static String names(Iterable<GpuEngine> engines) {
    StringBuilder names = new StringBuilder();
    for (GpuEngine engine : engines) {
      names.append(names.isEmpty() ? "" : ", ").append(engine.engineName());
    }
    return names.toString();
  }

  private static String mebibytes(long bytes) {
    return Math.max(1, bytes >> 20) + " MiB";
  }

  /** Progress as lines, which read the same in a terminal and in a log. */
  private static final class Lines implements Installer.Progress {
    private final PrintWriter out;
    private long shownPercent;

    Lines(PrintWriter out) {
      this.out = out;
    }

    @Override
    public void fetched(Redistributable archive, long bytes) {
      long percent = bytes * 100 / archive.bytes();
      if (percent - shownPercent >= STEP_PERCENT) {
        shownPercent = percent;
        out.printf("  %s %d %%%n", archive.fileName(), percent);
        out.flush();
      }
    }

    @Override
    public void installed(Redistributable archive) {
      shownPercent = 0;
      out.printf("  %s is installed%n", archive.fileName());
      out.flush();
    }
  }
}
