package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Logs;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.engine.EngineReport;
import dev.sarscribe.captioner.engine.Engines;
import dev.sarscribe.captioner.engine.ModelSource;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what is there, what is missing, and how to get it. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    header = "Say what this machine has, what it lacks, and how to get it.",
    description = "Changes nothing. What is optional and absent is no error: the exit code is 0.",
    footerHeading = "%nExample:%n",
    footer = "  sarscribe doctor -b kafka:9092 --registry http://registry:8080/apis/registry/v3")
public final class DoctorVerb implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  @Mixin private ModelOptions model;
  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  /** One line of the answer; advice is empty where nothing is missing. */
  private record Finding(boolean there, String what, String detail, String advice) {}

  @Override
  public Integer call() throws InterruptedException {
    show(java());
    show(memory());
    show(model());
    for (EngineReport report : Engines.probe()) {
      String advice = report.usable() ? "" : "optional: the engine onnxruntime needs only a CPU";
      show(new Finding(report.usable(), "engine " + report.name(), report.detail(), advice));
    }
    show(gpu());
    show(gdal());
    show(broker());
    show(registry());
    show(new Finding(true, "log", Logs.file().map(Object::toString).orElse("none"), ""));
    return 0;
  }

  private void show(Finding finding) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%s %-20s %s%n", finding.there() ? "ok" : "--", finding.what(), finding.detail());
    if (!finding.advice().isEmpty()) {
      out.printf("   %-20s -> %s%n", "", finding.advice());
    }
    out.flush();
  }

  private static Finding java() {
    return new Finding(
        true, "Java", "%s, %s".formatted(Runtime.version(), System.getProperty("java.home")), "");
  }

  private static Finding memory() {
    Runtime runtime = Runtime.getRuntime();
    return new Finding(
        true,
        "cores and heap",
        "%d cores, at most %d MiB of heap (JAVA_OPTS=-Xmx… changes it)"
            .formatted(runtime.availableProcessors(), runtime.maxMemory() >> 20),
        "");
  }

  private Finding model() {
    try {
      ModelSource source = model.source(model.engineOptions());
      return new Finding(
          true,
          "model",
          source instanceof ModelSource.Folder folder ? describe(folder.model()) : ask(source),
          "");
    } catch (CaptionerException | CommandFailedException e) {
      String advice = "train one by the recipe under models/, or name --model";
      return new Finding(false, "model", e.getMessage(), model.isRemote() ? "" : advice);
    }
  }

  private static String describe(LocalModel folder) {
    return "%s %s, %s, %s in %s"
        .formatted(
            folder.name(), folder.version(), folder.precision(), folder.licence(), folder.path());
  }

  /** A server that was named is asked about a synthetic tile, as at every start. */
  private String ask(ModelSource source) throws CaptionerException {
    try (Captioner captioner = model.open(source)) {
      ModelInfo info = captioner.model();
      return "%s (%s) answers at %s".formatted(info.name(), info.version(), info.device());
    }
  }

  private static Finding gpu() {
    Optional<String> driver = Engines.gpuDriver();
    return new Finding(
        driver.isPresent(),
        "GPU",
        driver.orElse("no NVIDIA driver is loaded"),
        driver.isPresent() ? "" : "not needed: the default engine runs on the CPU");
  }

  private static Finding gdal() throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder("gdal_translate", "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        String version =
            new String(process.getInputStream().readNBytes(200), StandardCharsets.UTF_8).strip();
        return new Finding(true, "GDAL", version, "");
      }
      process.destroyForcibly();
      return new Finding(false, "GDAL", "gdal_translate does not answer", "");
    } catch (IOException e) {
      return new Finding(
          false,
          "GDAL",
          "no gdal_translate on PATH",
          "only for formats other than GeoTIFF and SAFE: apt-get install gdal-bin");
    }
  }

  private Finding broker() throws InterruptedException {
    KafkaConnection given = kafka.interactive();
    Map<String, String> properties = new HashMap<>(given.clientProperties());
    properties.put(
        CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(PATIENCE.toMillis()));
    properties.put(
        CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, Long.toString(PATIENCE.toMillis() - 1000));
    KafkaConnection patient =
        new KafkaConnection(given.bootstrapServers(), given.registryUrl(), properties);
    try (Admin admin = Admin.create(patient.adminSettings())) {
      Set<String> names = admin.listTopics().names().get();
      List<String> missing =
          Topics.ALL.stream().map(Topic::name).filter(n -> !names.contains(n)).toList();
      return new Finding(
          true,
          "broker",
          given.bootstrapServers()
              + (missing.isEmpty() ? ", all topics are there" : ", without " + missing),
          missing.isEmpty() ? "" : "sarscribe topics --create");
    } catch (ExecutionException | RuntimeException e) {
      return new Finding(
          false,
          "broker",
          "none answers on " + given.bootstrapServers(),
          "`sarscribe local` brings its own; --bootstrap-server names another");
    }
  }

  private Finding registry() throws InterruptedException {
    Optional<String> url = kafka.interactive().registryUrl();
    if (url.isEmpty()) {
      return new Finding(
          true, "registry", "none asked for: records are Avro single-object encoded", "");
    }
    String address = url.orElseThrow();
    try {
      HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(address + "/system/info")).timeout(PATIENCE).build();
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      return new Finding(
          status == 200,
          "registry",
          "%s answers %d".formatted(address, status),
          status == 200
              ? ""
              : "--registry wants the base of an Apicurio v3 API: …/apis/registry/v3");
    } catch (IOException | IllegalArgumentException e) {
      return new Finding(
          false, "registry", "%s does not answer: %s".formatted(address, e.getMessage()), "");
    }
  }
}
