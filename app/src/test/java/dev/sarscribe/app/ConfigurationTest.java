package dev.sarscribe.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.config.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConfigurationTest {
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void aFlagPrevailsOverTheEnvironmentThatOverTheVerbsSectionAndThatOverTheTop() throws Exception {
    Path file =
        file(
            """
            batch: 1
            workers: 2
            min-confidence: 0.7
            tile-size: 256
            caption:
              batch: 3
              workers: 4
            """);
    environment.put("SARSCRIBE_WORKERS", "5");

    assertThat(effective(file, "caption", "--batch-max-delay", "9"))
        .containsEntry("batch", "3  " + file + ":6")
        .containsEntry("workers", "5  SARSCRIBE_WORKERS")
        .containsEntry("min-confidence", "0.7  " + file + ":3")
        .containsEntry("batch-max-delay", "9  flag")
        .containsEntry("engine", "onnxruntime  default");
    assertThat(effective(file, "recaption")).containsEntry("batch", "1  " + file + ":1");
    assertThat(effective(file, "caption", "--batch", "7")).containsEntry("batch", "7  flag");
  }

  @Test
  void aVerbRunsWithWhatTheFileSays() throws Exception {
    Path file = file("simulate: {width: 256, height: 256, format: geotiff, count: 2}");
    Path scenes = folder.resolve("scenes");

    int code = run("simulate", scenes.toString(), "--config", file.toString(), "--count", "1");
    assertThat(code).as(err.toString()).isZero();

    try (var written = Files.list(scenes)) {
      assertThat(written.filter(p -> p.toString().endsWith(".tif"))).hasSize(1);
    }
  }

  @Test
  void flagsListsAndMapsComeFromTheFileToo() throws Exception {
    Path file =
        file(
            """
            local: {demo: true}
            caption:
              question: ["How many ships?", "Is there a bridge?"]
            kafka:
              security.protocol: SASL_SSL
              retry.backoff.ms: 50
            """);
    environment.put("SARSCRIBE_CONFIG", file.toString());
    environment.put("SARSCRIBE_KAFKA_RETRY_BACKOFF_MS", "60");
    environment.put("SARSCRIBE_LOG_FORMAT", "json");

    assertThat(effective("local")).containsEntry("demo", "true  " + file + ":1");
    assertThat(effective("caption", "--kafka-property", "linger.ms=7"))
        .containsEntry("question", "How many ships?,Is there a bridge?  " + file + ":3")
        .containsEntry("kafka.security.protocol", "SASL_SSL  " + file + ":5")
        .containsEntry("kafka.retry.backoff.ms", "60  SARSCRIBE_KAFKA_RETRY_BACKOFF_MS")
        .containsEntry("kafka.linger.ms", "7  flag")
        .containsEntry("log-format", "json  SARSCRIBE_LOG_FORMAT");

    Object questions = completed("caption").findOption("--question").getValue();
    assertThat(questions).isEqualTo(List.of("How many ships?", "Is there a bridge?"));
    Object asked = completed("caption", "--question", "Why?").findOption("--question").getValue();
    assertThat(asked).isEqualTo(List.of("Why?"));
    Object properties =
        completed("tail", "--kafka-property", "retry.backoff.ms=70")
            .findOption("--kafka-property")
            .getValue();
    assertThat(properties)
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "retry.backoff.ms", "70"));
    Object demo = completed("local", "--demo").findOption("--demo").getValue();
    assertThat(demo).isEqualTo(true);
  }

  @Test
  void whatEveryVerbHasIsSetForAllForOneOrByAFlagOnEitherSideOfTheVerb() throws Exception {
    Path file = file("tail: {log-format: json}");
    environment.put("SARSCRIBE_CONFIG", file.toString());

    assertThat(logFormat("tail")).isEqualTo("JSON");
    assertThat(logFormat("topics")).isEqualTo("TEXT");
    assertThat(logFormat("--log-format", "text", "tail")).isEqualTo("TEXT");
    assertThat(logFormat("tail", "--log-format", "text")).isEqualTo("TEXT");

    file("log-format: json");
    assertThat(logFormat("topics")).isEqualTo("JSON");
    assertThat(logFormat("--log-format", "text", "topics")).isEqualTo("TEXT");
    environment.put("SARSCRIBE_LOG_FORMAT", "text");
    assertThat(logFormat("topics")).isEqualTo("TEXT");
    environment.put("SARSCRIBE_LOG_FORMAT", "");
    assertThat(logFormat("topics")).isEqualTo("JSON");
  }

  @Test
  void aVerbOfAVerbIsAskedAboutByBothNamesAndAnUnknownOneIsWrongUsage() throws Exception {
    Path file = file("gpu: {plan: {precision: fp16}}");
    assertThat(effective(file, "gpu", "plan"))
        .containsEntry("precision", "fp16  " + file + ":1")
        .doesNotContainKey("batch");

    assertThat(run("config", "dance")).isEqualTo(2);
    assertThat(err.toString()).contains("dance is no verb");
    assertThat(run("config")).isEqualTo(2);
    assertThat(run("config", "tail", "--nonsense")).isEqualTo(2);
    assertThat(err.toString()).contains("--nonsense");
  }

  @Test
  void aVariableThatNothingReadsIsToldWithTheNearestThatIsAndTheVerbRuns() throws Exception {
    Path file = file("kafka: {sasl.jaas.config: '${env:SARSCRIBE_MY_LOGIN}'}");
    environment.put("SARSCRIBE_CONFIG", file.toString());
    environment.put("SARSCRIBE_BOOTSTRAP_SERVRES", "secret-host:9092");
    environment.put("SARSCRIBE_SOMETHING_ELSE", "secret");
    environment.put("SARSCRIBE_BATCH", "8"); // of another verb
    environment.put("SARSCRIBE_CDSE_USERNAME", "me");
    environment.put("SARSCRIBE_CDSE_PASSWORD", "secret");
    environment.put("SARSCRIBE_MY_LOGIN", "secret");
    environment.put("SARSCRIBE_KAFKA_LINGER_MS", "5");
    environment.put("SARSCRIBE_TILE_SERVICE_HOST", "10.0.0.1");
    environment.put("SARSCRIBE_TILE_PORT", "tcp://10.0.0.1:8081");
    environment.put("SARSCRIBE_TILE_PORT_8081_TCP_ADDR", "10.0.0.1");
    environment.put("SARSCRIBE_HTPP_PORT", "8081");
    environment.put("OTHER_BOOTSTRAP_SERVERS", "secret");

    assertThat(run("config", "tail")).isZero();

    assertThat(err.toString().lines())
        .containsExactly(
            "warning: the variable SARSCRIBE_BOOTSTRAP_SERVRES is not read; is"
                + " SARSCRIBE_BOOTSTRAP_SERVERS meant?",
            "warning: the variable SARSCRIBE_HTPP_PORT is not read; is SARSCRIBE_HTTP_PORT meant?",
            "warning: the variable SARSCRIBE_SOMETHING_ELSE is not read;"
                + " `sarscribe config --reference` lists all that are");
  }

  @Test
  void aVariableThatNothingReadsIsToldOnceBeforeTheMistakesThatItMayExplain() throws Exception {
    String warning = "warning: the variable SARSCRIBE_BATHC is not read; is SARSCRIBE_BATCH meant?";
    environment.put("SARSCRIBE_BATHC", "8");

    assertThat(run("tail", "--nonsense")).isEqualTo(2);
    assertThat(err.toString().lines()).first().isEqualTo(warning);
    assertThat(err.toString()).containsOnlyOnce(warning).contains("--nonsense");

    err.getBuffer().setLength(0);
    assertThat(run("config", "dance")).isEqualTo(2); // which the verb itself finds
    assertThat(err.toString()).containsOnlyOnce(warning).contains("dance is no verb");

    err.getBuffer().setLength(0);
    environment.put("SARSCRIBE_LIMIT", "few");
    assertThat(run("tail")).isEqualTo(2);
    assertThat(err.toString()).containsOnlyOnce(warning).contains("SARSCRIBE_LIMIT");
  }

  @Test
  void noWarningStandsBetweenTheLinesOfALogOnStandardError() throws Exception {
    environment.put("SARSCRIBE_BATHC", "8");

    assertThat(run("--log-to", "stderr", "config", "tail")).isZero();

    assertThat(err.toString()).isEmpty();
  }

  private String logFormat(String... arguments) {
    CommandLine command = Sarscribe.commandLine(environment, arguments);
    CommandLine.ParseResult parsed = command.parseArgs(arguments);
    ((Settings) command.getCommandSpec().defaultValueProvider()).complete(parsed);
    return String.valueOf((Object) command.getCommandSpec().findOption("--log-format").getValue());
  }

  @Test
  void everythingThatIsWrongIsListedAtOnceWithItsPlace() throws Exception {
    Path file =
        file(
            """
            bootstrap-servers: [a, b]
            bach-size: 8
            caption:
              batch: many
              tile-size: 3
              workers: 2
              workers: 3
            local: {demo: perhaps}
            kafka:
              enable.auto.commit: true
              value.serializer: x
            engine: !!java.net.URL [http://example.org]
            registry:
            config: other.yaml
            simulate: {kind: moon}
            """);
    environment.put("SARSCRIBE_LIMIT", "few");
    environment.put("SARSCRIBE_KAFKA_ISOLATION_LEVEL", "read_uncommitted");

    assertThat(run("tail", "--config", file.toString())).isEqualTo(2);

    assertThat(err.toString().lines())
        .anyMatch(l -> l.startsWith(file + ":1: bootstrap-servers: takes one value"))
        .anyMatch(l -> l.startsWith(file + ":2: there is no setting bach-size"))
        .anyMatch(l -> l.equals(file + ":4: batch: 'many' is not a whole number in range"))
        .anyMatch(l -> l.startsWith(file + ":5: caption has no setting tile-size; it has batch,"))
        .anyMatch(l -> l.equals(file + ":7: workers is set twice, first on line 6"))
        .anyMatch(l -> l.equals(file + ":8: demo: 'perhaps' is neither true nor false"))
        .anyMatch(l -> l.startsWith(file + ":10: Kafka's enable.auto.commit cannot be set"))
        .anyMatch(l -> l.startsWith(file + ":11: Kafka's value.serializer cannot be set"))
        .anyMatch(l -> l.startsWith(file + ":12: engine"))
        .anyMatch(l -> l.equals(file + ":13: registry has no value"))
        .anyMatch(l -> l.startsWith(file + ":14: config names this file"))
        .anyMatch(l -> l.startsWith(file + ":15: kind: 'moon' is not one of"))
        .anyMatch(l -> l.equals("SARSCRIBE_LIMIT: 'few' is not a whole number in range"))
        .anyMatch(l -> l.startsWith("SARSCRIBE_KAFKA_ISOLATION_LEVEL: Kafka's isolation.level"))
        .hasSize(14);
  }

  @Test
  void aFileThatIsNoneIsSaidInOneLine() throws Exception {
    assertThat(run("tail", "--config", folder.resolve("absent.yaml").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("absent.yaml is not there").hasLineCount(1);

    err.getBuffer().setLength(0);
    assertThat(run("tail", "--config", file("a: [1\nb: 2\n").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("settings.yaml:2: no YAML").hasLineCount(1);

    err.getBuffer().setLength(0);
    assertThat(run("tail", "--config", file("# " + "x".repeat(300_000)).toString())).isEqualTo(2);
    assertThat(err.toString()).contains("has more than 262144 bytes").hasLineCount(1);

    err.getBuffer().setLength(0);
    assertThat(run("tail", "--config", file("- a").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("settings.yaml:1: the file must be a mapping");

    assertThat(run("tail", "--config", file("").toString(), "--help")).isZero();
  }

  @Test
  void secretsComeFromElsewhereAndAreNeverShown() throws Exception {
    Path jaas = Files.writeString(folder.resolve("jaas"), "required password=\"a${b}\";\n");
    Path file =
        file(
            """
            registry: https://user:hidden@registry/apis?v=3&access_token=hidden
            kafka:
              sasl.jaas.config: ${file:%s}
              ssl.key.password: hidden
              ssl.keystore.location: /etc/${env:STORE}.p12
            """
                .formatted(jaas));
    environment.put("STORE", "hidden");
    environment.put("SARSCRIBE_CONFIG", file.toString());
    environment.put("SARSCRIBE_KAFKA_SSL_KEYSTORE_PASSWORD", "hidden");

    assertThat(effective("tail", "--kafka-property", "ssl.truststore.password=hidden"))
        .containsEntry("registry", "https://registry/apis?v=3&access_token=***  " + file + ":1")
        .containsEntry("kafka.sasl.jaas.config", "********  " + file + ":3")
        .containsEntry("kafka.ssl.key.password", "********  " + file + ":4")
        .containsEntry("kafka.ssl.keystore.location", "********  " + file + ":5")
        .containsEntry(
            "kafka.ssl.keystore.password", "********  SARSCRIBE_KAFKA_SSL_KEYSTORE_PASSWORD")
        .containsEntry("kafka.ssl.truststore.password", "********  flag");
    assertThat(out.toString()).doesNotContain("hidden");

    Map<String, String> properties = completed("tail").findOption("--kafka-property").getValue();
    assertThat(properties)
        .containsEntry("sasl.jaas.config", "required password=\"a${b}\";")
        .containsEntry("ssl.keystore.location", "/etc/hidden.p12");
  }

  @Test
  void whatADollarSignMeansInAValueIsTheValuesOwn() throws Exception {
    Path file = file("endpoint-model: ${env:NAME}");
    environment.put("NAME", "a${sys:java.version}$$b");
    environment.put("SARSCRIBE_REGISTRY", "http://r/${sys:java.version}/$$");
    environment.put("SARSCRIBE_CONFIG", file.toString());

    Object registry = completed("tail").findOption("--registry").getValue();
    assertThat(registry).isEqualTo("http://r/${sys:java.version}/$$");
    Object model = completed("caption").findOption("--endpoint-model").getValue();
    assertThat(model).isEqualTo("a${sys:java.version}$$b");
  }

  @Test
  void propertiesOfKafkaHaveOneFormInAFileAndOneInTheEnvironment() throws Exception {
    Path file = file("kafka-property: [linger.ms=7, sasl.jaas.config=hidden]");
    environment.put("SARSCRIBE_KAFKA_PROPERTY", "linger.ms=7");
    environment.put("SARSCRIBE_KAFKA_SASL_MECHANISM", "");

    assertThat(run("tail", "--config", file.toString())).isEqualTo(2);

    assertThat(err.toString())
        .contains(":1: kafka-property must be a mapping of names to values")
        .contains("SARSCRIBE_KAFKA_PROPERTY is not read")
        .doesNotContain("hidden");
    environment.remove("SARSCRIBE_KAFKA_PROPERTY");
    Path mapping = file("kafka-property: {linger.ms: 7}");
    assertThat(effective(mapping, "tail"))
        .containsEntry("kafka.linger.ms", "7  " + mapping + ":1")
        .doesNotContainKey("kafka.sasl.mechanism");
  }

  @Test
  void aReferenceThatLeadsNowhereIsNamedAndItsValueIsNot() throws Exception {
    Path file =
        file(
            """
            registry: ${env:ABSENT}
            engine: ${file:/no/such/file}
            model: ${vault:key}
            batch: ${env:SECRET}
            prompts: "${file:a\\0b}"
            """);
    environment.put("SECRET", "hidden");

    assertThat(run("caption", "--config", file.toString())).isEqualTo(2);

    assertThat(err.toString())
        .contains(":1: registry: the environment has no ABSENT")
        .contains(":2: engine: /no/such/file cannot be read")
        .contains(":3: model: ${vault:…} is not known")
        .contains(":4: batch: its value is refused")
        .contains(":5: prompts: ${file:…} names no path")
        .doesNotContain("hidden");
  }

  @Test
  void aPropertyOnWhichTheGuaranteesRestIsRefusedAsAFlagToo() {
    assertThat(run("tail", "--kafka-property", "main.consumer.isolation.level=x")).isEqualTo(2);
    assertThat(err.toString()).contains("main.consumer.isolation.level cannot be set");
  }

  @Test
  void theDocumentationOfAllSettingsIsUpToDate() throws IOException {
    assertThat(run("config", "--reference")).isZero();
    Path document = Path.of(System.getProperty("sarscribe.root"), "docs", "configuration.md");

    assertThat(Files.readString(document, StandardCharsets.UTF_8))
        .as("run: ./sarscribe config --reference > docs/configuration.md")
        .isEqualTo(out.toString());
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("settings.yaml"), text);
  }

  /** Name to value and source, as `config` prints them. */
  private Map<String, String> effective(String... arguments) {
    List<String> all = new ArrayList<>(List.of("config"));
    all.addAll(List.of(arguments));
    out.getBuffer().setLength(0);
    assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
    Map<String, String> lines = new HashMap<>();
    for (String line : out.toString().lines().toList()) {
      String[] columns = line.split(" {2,}", 3);
      lines.put(columns[0], columns[1] + "  " + columns[2]);
    }
    return lines;
  }

  private Map<String, String> effective(Path file, String... arguments) {
    environment.put("SARSCRIBE_CONFIG", file.toString());
    return effective(arguments);
  }

  /** A verb's options as it would run with them. */
  private CommandLine.Model.CommandSpec completed(String... arguments) {
    CommandLine command = Sarscribe.commandLine(environment, arguments);
    var settings = (Settings) command.getCommandSpec().defaultValueProvider();
    CommandLine.ParseResult parsed = command.parseArgs(arguments);
    settings.complete(parsed);
    return parsed.subcommand().commandSpec();
  }

  private int run(String... arguments) {
    environment.put("XDG_STATE_HOME", folder.toString());
    CommandLine command = Sarscribe.commandLine(environment, arguments);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }
}
