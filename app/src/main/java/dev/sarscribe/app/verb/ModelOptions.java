package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Home;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.PromptSets;
import dev.sarscribe.captioner.engine.Engines;
import dev.sarscribe.captioner.engine.ModelSource;
import dev.sarscribe.captioner.remote.EndpointSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model answers which questions on which engine. */
public final class ModelOptions {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final int MAX_COMMAND_LINE_BYTES = 4096;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Model folder: with a manifest.json, or with the ONNX graphs of a model of the Hugging Face Hub (a VisionEncoderDecoder, Florence-2, SmolVLM) (default: the model that came along).")
  private Path model;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = Engines.DEFAULT,
      description = "Inference engine (default: ${DEFAULT-VALUE}). `sarscribe doctor` lists them.")
  private String engine = Engines.DEFAULT;

  @Option(
      names = "--precision",
      paramLabel = "fp32|fp16|int8",
      defaultValue = "fp32",
      description =
          "What the engine computes with (default: ${DEFAULT-VALUE}); fp16 on a GPU with TensorRT; int8 on a CPU: faster, with slightly other texts.")
  private Precision precision = Precision.FP32;

  @Option(
      names = "--prompts",
      paramLabel = "FILE.yaml",
      description = "Prompt set in place of the standard one.")
  private Path prompts;

  @Mixin private EndpointOptions endpoint;

  /**
   * Where the engine gets its model from. A folder is opened here; a server is not asked yet.
   *
   * @param options of an engine on this machine
   * @throws CommandFailedException naming every option that does not go with the others
   */
  ModelSource source(EngineOptions options) throws CaptionerException, CommandFailedException {
    if (isRemote()) {
      return new ModelSource.Endpoint(endpointSettings());
    }
    if (!endpoint.given().isEmpty()) {
      throw new CommandFailedException(
          "%s: only for --engine %s, and the engine is %s"
              .formatted(String.join(", ", endpoint.given()), Engines.REMOTE, engine));
    }
    return new ModelSource.Folder(folder(), options);
  }

  /** Opens a captioner on the engine, which describes a synthetic tile first. */
  Captioner open(ModelSource source) throws CaptionerException {
    return Engines.open(engine, source);
  }

  /** Whether a server runs the model, and no folder is needed. */
  boolean isRemote() {
    return engine.equals(Engines.REMOTE);
  }

  private EndpointSettings endpointSettings() throws CommandFailedException {
    List<String> problems = new ArrayList<>();
    if (model != null) {
      problems.add("--model names a folder, and engine %s runs none".formatted(Engines.REMOTE));
    }
    if (precision != Precision.FP32) {
      problems.add("--precision is the server's business with engine " + Engines.REMOTE);
    }
    Optional<EndpointSettings> settings = endpoint.settings(System.getenv(), problems);
    if (!problems.isEmpty()) {
      throw new CommandFailedException(String.join("; ", problems));
    }
    return settings.orElseThrow();
  }

  /** Opens the model folder; what would crash the engine is refused before. */
  private LocalModel folder() throws CaptionerException, CommandFailedException {
    requireShortCommandLine();
    return LocalModel.open(model == null ? Home.defaultModel() : model);
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
