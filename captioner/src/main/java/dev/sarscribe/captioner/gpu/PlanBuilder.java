package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.ModelFolder.FixedGraphs;
import dev.sarscribe.captioner.Precision;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.bytedeco.tensorrt.global.nvinfer.BuilderFlag;
import org.bytedeco.tensorrt.global.nvinfer.MemoryPoolType;
import org.bytedeco.tensorrt.global.nvinfer.NetworkDefinitionCreationFlag;
import org.bytedeco.tensorrt.global.nvinfer.TensorIOMode;
import org.bytedeco.tensorrt.global.nvonnxparser;
import org.bytedeco.tensorrt.nvinfer.IBuilder;
import org.bytedeco.tensorrt.nvinfer.IBuilderConfig;
import org.bytedeco.tensorrt.nvinfer.ICudaEngine;
import org.bytedeco.tensorrt.nvinfer.IHostMemory;
import org.bytedeco.tensorrt.nvinfer.ILogger;
import org.bytedeco.tensorrt.nvinfer.INetworkDefinition;
import org.bytedeco.tensorrt.nvonnxparser.IParser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles a model's graphs of fixed shapes with TensorRT, in a JVM of its own. DJL's engine could
 * compile them when it loads them, but with 16 MiB of workspace and anew at every start.
 */
public final class PlanBuilder {
  private static final Logger LOG = LoggerFactory.getLogger(PlanBuilder.class);

  /** Hundreds of tactics are timed for each layer of three graphs. */
  private static final Duration LIMIT = Duration.ofHours(2);

  /** Enough for any tactic of a model of this size, and a small part of any GPU's memory. */
  private static final long WORKSPACE_BYTES = 1L << 30;

  /** Warnings of the parser, of the severities 0 (internal error) to 4 (verbose). */
  private static final int WARNING = 2;

  private PlanBuilder() {}

  /**
   * Builds the plans of a model unless they are there.
   *
   * @param folder with the libraries; gets the plans
   * @param key what they are built for
   * @param model with graphs of fixed shapes
   * @return the plans
   * @throws CaptionerException in one line, if a library is missing or TensorRT refuses a graph
   */
  public static Plans build(GpuFolder folder, PlanKey key, ModelFolder model)
      throws CaptionerException {
    if (!Plans.exist(folder, key)) {
      List<String> arguments =
          List.of(
              model.path().toAbsolutePath().toString(),
              folder.root().toString(),
              key.gpu(),
              key.computeCapability(),
              key.runtime(),
              key.precision().name());
      new ChildJvm(
              PlanBuilder.class,
              arguments,
              folder.jars(GpuEngine.TENSORRT),
              Map.of("LD_LIBRARY_PATH", libraryPath(folder)),
              LIMIT)
          .run();
    }
    return Plans.open(folder, key, model);
  }

  /** TensorRT finds what it compiles with by name only. */
  private static String libraryPath(GpuFolder folder) {
    List<String> places = new ArrayList<>();
    for (Redistributable archive : GpuEngine.TENSORRT.redistributables()) {
      places.add(folder.place(archive).toString());
    }
    String inherited = System.getenv("LD_LIBRARY_PATH");
    if (inherited != null && !inherited.isEmpty()) {
      places.add(inherited);
    }
    return String.join(File.pathSeparator, places);
  }

  /** The child's side of {@link #build}. */
  public static void main(String[] arguments) throws IOException {
    ChildJvm.answer(
        arguments,
        () -> {
          ModelFolder model = ModelFolder.open(Path.of(arguments[1]));
          GpuFolder folder = new GpuFolder(Path.of(arguments[2]));
          PlanKey key =
              PlanKey.of(
                  model,
                  new GpuDevice(arguments[3], arguments[4], "", 0),
                  arguments[5],
                  Precision.valueOf(arguments[6]));
          System.setProperty(
              "org.bytedeco.javacpp.cachedir", folder.root().resolve("javacpp").toString());
          NativeLibraries.loadToCompile(GpuEngine.TENSORRT, folder);
          compileAll(folder, key, model);
          return "";
        });
  }

  private static void compileAll(GpuFolder folder, PlanKey key, ModelFolder model)
      throws CaptionerException, IOException {
    FixedGraphs fixed =
        model.fixed().orElseThrow(() -> new CaptionerException("no graphs of fixed shapes"));
    Path target = Files.createDirectories(folder.plans().resolve(key.folderName()));
    Map<String, Plans.Plan> plans = new LinkedHashMap<>();
    // TensorRT calls the logger as long as anything of it lives.
    try (ILogger logger = new Messages()) {
      for (Path graph : List.of(fixed.encoder(), fixed.answers().file(), fixed.captions().file())) {
        plans.put(graph.getFileName().toString(), compile(graph, target, key.precision(), logger));
      }
    }
    new Plans(target, key, plans).write();
  }

  private static Plans.Plan compile(Path graph, Path target, Precision precision, ILogger logger)
      throws CaptionerException, IOException {
    IBuilder builder = nvinfer.createInferBuilder(logger);
    require(builder, "TensorRT makes no builder", graph);
    INetworkDefinition network =
        builder.createNetworkV2(1 << NetworkDefinitionCreationFlag.kEXPLICIT_BATCH.value);
    IParser parser = nvonnxparser.createParser(network, logger);
    if (!parser.parseFromFile(graph.toAbsolutePath().toString(), WARNING)) {
      String why = parser.getNbErrors() == 0 ? "no reason given" : parser.getError(0).desc();
      throw new CaptionerException("TensorRT does not take %s: %s".formatted(graph, why));
    }
    IBuilderConfig config = builder.createBuilderConfig();
    config.setMemoryPoolLimit(MemoryPoolType.kWORKSPACE, WORKSPACE_BYTES);
    // On by default, and then fp32 would be computed with factors of 10 bits.
    config.clearFlag(BuilderFlag.kTF32);
    if (precision == Precision.FP16) {
      config.setFlag(BuilderFlag.kFP16);
    }
    IHostMemory plan = builder.buildSerializedNetwork(network, config);
    require(plan, "TensorRT builds no plan", graph);
    return write(graph, target, plan, logger);
  }

  private static Plans.Plan write(Path graph, Path target, IHostMemory plan, ILogger logger)
      throws CaptionerException, IOException {
    String file = graph.getFileName().toString().replaceFirst("\\.onnx$", "") + ".trt";
    Path part = target.resolve(file + ".part");
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      var bytes = plan.data().limit(plan.size()).asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    Files.move(part, target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    return new Plans.Plan(file, Plans.sha256(target.resolve(file)), inputs(graph, plan, logger));
  }

  /**
   * The names of the bindings that are inputs, as the plan itself orders them. Deprecated calls,
   * but by their numbers DJL binds.
   */
  @SuppressWarnings("deprecation")
  private static List<String> inputs(Path graph, IHostMemory plan, ILogger logger)
      throws CaptionerException {
    ICudaEngine engine =
        nvinfer.createInferRuntime(logger).deserializeCudaEngine(plan.data(), plan.size());
    require(engine, "TensorRT does not load its own plan", graph);
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < engine.getNbBindings(); i++) {
      String name = engine.getBindingName(i);
      if (engine.getTensorIOMode(name).intern() == TensorIOMode.kINPUT) {
        inputs.add(name);
      }
    }
    return inputs;
  }

  private static void require(Pointer pointer, String problem, Path graph)
      throws CaptionerException {
    if (pointer == null || pointer.isNull()) {
      throw new CaptionerException("%s for %s: %s".formatted(problem, graph, Messages.lastError()));
    }
  }

  /** What TensorRT says; its last error is the reason of what it does not give. */
  private static final class Messages extends ILogger {
    private static volatile String lastError = "no reason given";

    @Override
    public void log(ILogger.Severity severity, String message) {
      switch (severity.intern()) {
        case kINTERNAL_ERROR, kERROR -> {
          lastError = message;
          LOG.error("{}", message);
        }
        case kWARNING -> LOG.warn("{}", message);
        default -> LOG.debug("{}", message);
      }
    }

    static String lastError() {
      return lastError;
    }
  }
}
