package dev.sarscribe.app.verb;

import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.app.broker.DataFolder;
import dev.sarscribe.app.local.LocalRun;
import dev.sarscribe.app.local.Stages;
import dev.sarscribe.app.process.Signals;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.stream.caption.CaptionStage;
import dev.sarscribe.stream.tiling.TilingStage;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs the whole pipeline, Kafka included, in this process. */
@Command(
    name = "local",
    mixinStandardHelpOptions = true,
    header = "Run the whole pipeline in one process, Kafka included.",
    description = {
      "Starts a real Kafka broker on localhost with its data in a folder, watches DIR for SAR",
      "products (GeoTIFF, Sentinel-1 .SAFE and .zip), cuts and normalises their tiles, captions",
      "them and answers the standard questions. Stop it with Ctrl-C; the next start goes on where",
      "it ended. While it runs, any Kafka client can attach to the broker."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe local --demo --exit-when-done   try it on a simulated scene",
      "  sarscribe local /data/scenes              caption what is there and what arrives",
      "  sarscribe local /data/scenes --exit-when-done --report report.html"
    })
public final class LocalVerb implements Callable<Integer>, LogFolder {
  private static final String INSTANCE = "local";

  /** Stands for the broker while the options are checked, before there is one. */
  private static final KafkaConnection ANY_BROKER =
      new KafkaConnection("localhost:0", Optional.empty(), Map.of());

  private static final int MAX_PORT = 65_535;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "Folder to watch, with its subfolders (default: ./data/incoming).")
  private Path directory;

  @Option(names = "--demo", description = "Simulate a scene first, and watch its folder.")
  private boolean demo;

  @Option(
      names = "--exit-when-done",
      description = "End when everything in DIR is done, with a summary and a report.")
  private boolean exitWhenDone;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "sarscribe-data",
      description = "Folder that survives restarts (default: ./${DEFAULT-VALUE}).")
  private Path data = Path.of("sarscribe-data");

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description =
          "Port of the broker on localhost; 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int port = 9092;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Where the report goes (default: report.html in the data folder).")
  private Path report;

  @Mixin private TilingOptions tiling;
  @Mixin private AssetOptions access;
  @Mixin private ModelOptions model;
  @Mixin private CaptionStageOptions captioning;
  @Mixin private ObservationOptions observing;
  @Spec private CommandSpec spec;

  @Override
  public Path logFolder() {
    return DataFolder.logs(data);
  }

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > MAX_PORT) {
      throw new ParameterException(spec.commandLine(), "--port must be 0 to " + MAX_PORT);
    }
    if (directory != null && !Files.isDirectory(directory)) {
      throw new ParameterException(spec.commandLine(), directory + " is not a folder");
    }
    // Fails now rather than after a broker has started.
    model.source(model.engineOptions());
    model.prompts();
    tiling.settings(ANY_BROKER, INSTANCE, data);
    AssetSettings assets = access.settings(data.resolve("cache"));
    StageRuns.captionSettings(ANY_BROKER, INSTANCE, captioning);
    PrintWriter out = spec.commandLine().getOut();
    try (DataFolder folder = DataFolder.open(data);
        Observation observation = observing.open(out)) {
      var settings =
          new LocalRun.Settings(
              folder,
              Optional.ofNullable(directory),
              demo,
              exitWhenDone,
              port,
              report == null ? folder.path().resolve("report.html") : report);
      observation.health().starting(StageRuns.TILING);
      observation.health().starting(StageRuns.CAPTIONING);
      LocalRun run =
          new LocalRun(
              settings, kafka -> stages(folder, kafka, assets, observation), observation, out);
      Signals.onStop(run::stop);
      return run.run() ? 0 : 1;
    }
  }

  private Stages stages(
      DataFolder folder, KafkaConnection kafka, AssetSettings assets, Observation observation)
      throws Exception {
    CaptionStage caption =
        StageRuns.start(StageRuns.captionSettings(kafka, INSTANCE, captioning), model, observation);
    try {
      TilingStage stage =
          TilingStage.start(
              tiling.settings(kafka, INSTANCE, folder.state()),
              assets.open(),
              observation.meters());
      observation.health().started(StageRuns.TILING, stage);
      return new Stages(stage, caption);
    } catch (RuntimeException e) {
      caption.close();
      throw e;
    }
  }
}
