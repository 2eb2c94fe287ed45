package dev.sarscribe.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.app.broker.DataFolder;
import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.process.Version;
import java.awt.image.BufferedImage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SarscribeTest {
  private static final List<String> VERBS =
      List.of(
          "local",
          "feed",
          "feeds",
          "ingest",
          "tile",
          "caption",
          "recaption",
          "replay",
          "tail",
          "stac",
          "topics",
          "schemas",
          "simulate",
          "doctor",
          "gpu",
          "config");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void theRootListsEveryVerbAndExamples() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains(VERBS).contains("sarscribe local --demo --exit-when-done");
  }

  @Test
  void everyVerbExplainsItself() {
    for (String verb : VERBS) {
      out.getBuffer().setLength(0);
      assertThat(run(verb, "--help")).as(verb).isZero();
      assertThat(out.toString()).contains("Usage: sarscribe " + verb, "Example");
    }
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).contains("sarscribe " + Version.current(), "Java ");
  }

  @Test
  void noVerbIsWrongUsage() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("Usage: sarscribe");
  }

  @Test
  void anUnknownOptionIsWrongUsageAndNamed() {
    assertThat(run("tail", "--nonsense")).isEqualTo(2);
    assertThat(err.toString()).contains("--nonsense");
  }

  @Test
  void aMissingFileIsOneLineAndExitCodeOne() {
    assertThat(run("ingest", folder.resolve("absent.tif").toString())).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("sarscribe: ")
        .contains("absent.tif is not there")
        .hasLineCount(1);
  }

  @Test
  void aFolderThatIsNoneIsWrongUsage() {
    assertThat(run("local", folder.resolve("absent").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("is not a folder");
  }

  @Test
  void imagesAndRequestsExcludeEachOther() {
    assertThat(run("caption", "a.png", "--requests", "b.jsonl")).isEqualTo(2);
  }

  @Test
  void optionsThatDoNotGoTogetherAreNamedOnOneLine() {
    assertThat(
            run(
                "caption",
                "a.png",
                "--engine=remote",
                "--model=models/tiny",
                "--endpoint=http://localhost/v1?key=1",
                "--endpoint-concurrency=0",
                "--endpoint-key-file=" + folder.resolve("absent")))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("--model names a folder", "query", "concurrency is 0", "absent cannot be read")
        .hasLineCount(1);
  }

  @Test
  void theRemoteEngineAndItsEndpointNeedEachOther() {
    assertThat(run("local", "--data", folder.toString(), "--engine", "remote")).isEqualTo(1);
    assertThat(err.toString()).contains("--engine remote needs --endpoint URL").hasLineCount(1);

    err.getBuffer().setLength(0);
    assertThat(run("caption", "a.png", "--endpoint=http://localhost/v1", "--endpoint-insecure"))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("--endpoint, --endpoint-insecure: only for --engine remote")
        .hasLineCount(1);
  }

  @Test
  void aServerCaptionsAnImageAndTheDoctorAsksIt() throws Exception {
    Path image = folder.resolve("chip.png");
    ImageIO.write(new BufferedImage(32, 32, BufferedImage.TYPE_BYTE_GRAY), "png", image.toFile());
    try (ChatServer server = new ChatServer()) {
      String endpoint = "--endpoint=" + server.base();

      assertThat(run("caption", image.toString(), "--json", "--engine=remote", endpoint)).isZero();
      assertThat(out.toString())
          .contains("\"concise\":{\"text\":\"written by a server\",\"confidence\":null}")
          .contains("\"id\":\"counting-ship\"", "\"engine\":\"remote\"");

      assertThat(run("doctor", "--engine=remote", endpoint)).isZero();
      assertThat(out.toString())
          .contains("ok model")
          .contains("served (vllm) answers at localhost:");
    }
  }

  @Test
  void aSchemaIsPrintedCompleteInItselfWithoutABroker() {
    assertThat(run("topics", "--schema", "sar.corpus.v1")).isZero();
    var schema = new Schema.Parser().parse(out.toString());
    assertThat(schema.getField("source").schema().getName()).isEqualTo("AcquisitionSource");
    assertThat(run("topics", "--schema", "sar.nothing.v1")).isEqualTo(1);
    assertThat(err.toString()).contains("sar.nothing.v1", "sar.corpus.v1");
  }

  @Test
  void optionsComeFromTheEnvironmentUnlessGiven() {
    assertThat(parsed(Map.of("SARSCRIBE_BOOTSTRAP_SERVERS", "kafka:1"), "tail"))
        .isEqualTo("kafka:1");
    assertThat(parsed(Map.of("SARSCRIBE_BOOTSTRAP_SERVERS", "kafka:1"), "tail", "-b", "kafka:2"))
        .isEqualTo("kafka:2");
  }

  private static String parsed(Map<String, String> environment, String... arguments) {
    return Sarscribe.commandLine(environment, arguments)
        .parseArgs(arguments)
        .subcommand()
        .commandSpec()
        .findOption("--bootstrap-servers")
        .getValue();
  }

  @Test
  void aSilentBrokerIsExplained() {
    assertThat(Failures.describe(new TimeoutException("gave up")))
        .contains("no Kafka broker answers", "--bootstrap-servers");
  }

  @Test
  void aDataFolderInUseOrATakenPortIsExplained() throws Exception {
    Path data = Files.createDirectories(folder.resolve("data"));
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"));
        var held = DataFolder.open(data)) {
      assertThat(held.path()).isEqualTo(data);
      assertThatThrownBy(() -> DataFolder.open(data))
          .hasMessageContaining("another sarscribe runs on");
      assertThatThrownBy(() -> EmbeddedBroker.start(data.resolve("kafka"), socket.getLocalPort()))
          .hasMessageContaining("is taken")
          .hasMessageContaining("--port 0");
    }
  }

  @Test
  void withoutLeaveNothingIsFetchedAndWhatWouldBeIsListed() {
    String repository = "https://maven.example.com/maven2";
    assertThat(
            run(
                "gpu",
                "install",
                "--engine",
                "tensorrt",
                "--repository",
                repository,
                "--dir",
                folder.toString()))
        .isEqualTo(1);
    assertThat(out.toString()).contains(repository + "/org/bytedeco/tensorrt/8.6-1.5.10/");
    assertThat(err.toString()).contains("fetch 2695 MiB", "Say --yes").hasLineCount(1);
  }

  @Test
  void everyWrongOptionOfAFeedIsNamedBeforeAnythingStarts() {
    assertThat(
            run(
                "feed",
                "stac",
                "ftp://example.org",
                "--bbox=1,2,3",
                "--filter={",
                "--by=a b",
                "--page-size=0",
                "--poll-interval=1ms",
                "--name=a:b",
                "--max-items=0",
                "--credentials=" + folder.resolve("absent")))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("ftp://example.org is no http or https URL", "a box is west,south,east,north")
        .contains("--filter is no JSON", "'a b' is no name of a property", "items per page")
        .contains("--poll-interval", "--name", "--max-items", "absent");

    err.getBuffer().setLength(0);
    assertThat(run("feed", "directory", folder.resolve("absent").toString(), "--include=["))
        .isEqualTo(2);
    assertThat(err.toString()).contains("absent is not a folder");

    err.getBuffer().setLength(0);
    assertThat(run("ingest", "--stac=https://example.org", "--to=2024-01-01")).isEqualTo(2);
    assertThat(err.toString()).contains("--stac needs --from and a later --to");
    assertThat(run("feed", "stac", "https://example.org", "--overlap=soon")).isEqualTo(2);
    assertThat(err.toString()).contains("'soon' is no time span; write 30s, 5m, 12h or 2d");
  }

  @Test
  void anEngineThatIsNoneAndARepositoryThatIsNotSafeAreOneLine() {
    String repository = "https://maven.example.com/maven2";
    assertThat(
            run("gpu", "install", "--repository", repository, "--engine", "onnxruntime", "--yes"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("onnxruntime is no engine of a GPU").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(run("gpu", "install", "--repository", "http://example.com", "--yes")).isEqualTo(1);
    assertThat(err.toString()).contains("http://example.com", "must be https").hasLineCount(1);
  }

  @Test
  void theStateOfTheGpuIsSaidWhereThereIsNone() {
    assertThat(run("gpu", "status", "--dir", folder.toString())).isZero();
    assertThat(out.toString())
        .contains(
            "GPU     ", "engine  tensorrt: lacks cuda-12.3-8.9-1.5.10-linux-x86_64-redist.jar");
    assertThat(run("gpu")).isEqualTo(2);
    assertThat(err.toString()).contains("Usage: sarscribe gpu");
  }

  private int run(String... arguments) {
    CommandLine command =
        Sarscribe.commandLine(Map.of("XDG_STATE_HOME", folder.toString()), arguments);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
