package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Home;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.engine.Engines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model answers which questions on which engine. */
public final class ModelOptions {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final int MAX_COMMAND_LINE_BYTES = 4096;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "Model folder with a manifest.json (default: the model that came along).")
  private Path model;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = Engines.DEFAULT,
      description = "Inference engine (default: ${DEFAULT-VALUE}). `sarscribe doctor` lists them.")
  private String engine = Engines.DEFAULT;

  @Option(
      names = "--precision",
      paramLabel = "fp32|fp16",
      defaultValue = "fp32",
      description =
          "What the engine computes with (default: ${DEFAULT-VALUE}); fp16 on a GPU with TensorRT.")
  private Precision precision = Precision.FP32;

  @Option(
      names = "--prompts",
      paramLabel = "FILE.yaml",
      description = "Prompt set in place of the standard one.")
  private Path prompts;

  /** Opens the model folder; what would crash the engine is refused before. */
  ModelFolder model() throws CaptionerException, CommandFailedException {
    requireShortCommandLine();
    return ModelFolder.open(model == null ? Home.defaultModel() : model);
  }

  String engine() {
    return engine;
  }

  /** The defaults, with the precision that was asked for. */
  EngineOptions engineOptions() {
    return EngineOptions.defaults().withPrecision(precision);
  }

  PromptSet prompts() throws CaptionerException {
    return prompts == null ? PromptSets.standard() : PromptSets.load(prompts);
  }

  /** ONNX Runtime 1.29 crashes in a process whose command line is longer than 4096 bytes. */
  private static void requireShortCommandLine() throws CommandFailedException {
    byte[] commandLine;
    try {
      commandLine = Files.readAllBytes(COMMAND_LINE);
    } catch (IOException e) {
      // Another operating system; the crash is known on Linux only.
      return;
    }
    if (commandLine.length >= MAX_COMMAND_LINE_BYTES) {
      throw new CommandFailedException(
          "the command line of Java has %d bytes, too many for ONNX Runtime: start the sarscribe script, or put the arguments into a file and run java @file"
              .formatted(commandLine.length));
    }
  }
}
