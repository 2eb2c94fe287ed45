package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The compose file: against the command, against itself, and against what Prometheus asks. */
class ComposeTest {
  private static final Path ROOT = LocalProcess.root();
  private static final String OWN_IMAGE = "sarscribe:latest";

  @ParameterizedTest
  @ValueSource(strings = {"producer", "stream-processor", "captioner", "captioner-gpu"})
  void theCommandUnderstandsAStagesArgumentsAndVariables(String name) throws IOException {
    JsonNode service = services().path(name);

    Map<String, String> settings =
        EffectiveSettings.of(environment(service), texts(service.path("command")));

    assertThat(settings.get("bootstrap-servers"))
        .isEqualTo("kafka:19092  SARSCRIBE_BOOTSTRAP_SERVERS");
    assertThat(settings.get("registry")).startsWith("http://registry:8080/").contains("  SARSC");
    assertThat(settings.get("log-to")).startsWith("stderr ");
    assertThat(settings.get("log-format")).startsWith("text ");
    assertThat(settings.get("http-host")).startsWith("0.0.0.0 ");
    String asked = service.at("/healthcheck/test/3").asText();
    assertThat(asked).startsWith("http://localhost:").endsWith("/health/ready");
    String port = asked.replaceAll("\\D", "");
    assertThat(settings.get("http-port")).startsWith(port + " ");
    assertThat(texts(service.path("ports"))).containsExactly("127.0.0.1::" + port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"setup", "demo"})
  void theCommandUnderstandsEveryStepOfAScript(String name) throws IOException {
    JsonNode service = services().path(name);
    List<String> entrypoint = texts(service.path("entrypoint"));
    assertThat(entrypoint).hasSize(3).startsWith("bash", "-c");

    for (String step : entrypoint.get(2).split(" && ", -1)) {
      List<String> words = List.of(step.split(" ", -1));
      assertThat(words.get(0)).isEqualTo("sarscribe");
      assertThat(EffectiveSettings.of(environment(service), words.subList(1, words.size())))
          .containsKeys("log-to", "log-format");
    }
  }

  @Test
  void anOptionThatTheVerbDoesNotHaveIsFound() {
    assertThatThrownBy(
            () ->
                EffectiveSettings.of(
                    Map.of(), List.of("feed", "directory", "/data/incoming", "--watch", "x")))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("--watch");
  }

  @Test
  void tilingKeepsStateAndDownloadsInFoldersThatAreMounted() throws IOException {
    JsonNode tiling = services().path("stream-processor");
    Map<String, String> settings =
        EffectiveSettings.of(environment(tiling), texts(tiling.path("command")));

    assertThat(settings.get("cache")).startsWith("/var/cache/sarscribe ");
    assertThat(texts(tiling.path("volumes")))
        .contains("cache:/var/cache/sarscribe", "/var/lib/sarscribe");
    assertThat(texts(tiling.path("tmpfs")).toString()).doesNotContain("/var/lib/sarscribe");
  }

  @Test
  void containersAreBoundedAndWithoutRightsAndPortsAreThisMachines() throws IOException {
    assertThat(services().properties()).hasSizeGreaterThan(8);
    for (Map.Entry<String, JsonNode> entry : services().properties()) {
      JsonNode service = entry.getValue();
      assertThat(service.path("mem_limit").isTextual()).as(entry.getKey()).isTrue();
      assertThat(texts(service.path("cap_drop"))).as(entry.getKey()).containsExactly("ALL");
      assertThat(texts(service.path("security_opt"))).contains("no-new-privileges:true");
      assertThat(texts(service.path("ports"))).allMatch(port -> port.startsWith("127.0.0.1:"));
      assertThat(service.path("image").asText())
          .as("pinned")
          .matches("sarscribe:latest|.*:v?\\d.*");
      if (service.path("image").asText().equals(OWN_IMAGE)) {
        assertThat(service.path("read_only").asBoolean()).as(entry.getKey()).isTrue();
      }
      assertThat(environment(service).keySet())
          .noneMatch(name -> name.matches(".*(PASSWORD|SECRET|TOKEN|_KEY)$"));
    }
  }

  @Test
  void prometheusAsksTheStagesAndGrafanaShowsWhatIsInTheRepository() throws IOException {
    JsonNode services = services();
    JsonNode job = yaml("deploy/prometheus/prometheus-compose.yml").at("/scrape_configs/0");
    JsonNode asked = job.at("/dns_sd_configs/0");
    assertThat(texts(asked.path("names")))
        .containsExactlyInAnyOrder("producer", "stream-processor", "captioner", "captioner-gpu")
        .allSatisfy(
            name ->
                assertThat(environment(services.path(name)).get("SARSCRIBE_HTTP_PORT"))
                    .isEqualTo(asked.path("port").asText()));
    // The alerts say {job="sarscribe"}.
    assertThat(job.path("job_name").asText()).isEqualTo("sarscribe");
    assertThat(texts(services.at("/prometheus/command")))
        .contains("--config.file=/etc/prometheus/prometheus-compose.yml");
    assertThat(
            yaml("deploy/grafana/provisioning/datasources/prometheus.yml").at("/datasources/0/url"))
        .hasToString("\"http://prometheus:9090\"");
    String dashboards =
        yaml("deploy/grafana/provisioning/dashboards/sarscribe.yml")
            .at("/providers/0/options/path")
            .asText();
    assertThat(texts(services.at("/grafana/volumes")))
        .contains("./deploy/grafana/dashboard.json:" + dashboards + "/dashboard.json:ro");
    for (String name : List.of("prometheus", "grafana")) {
      assertThat(texts(services.path(name).path("profiles"))).containsExactly("monitoring");
      assertThat(texts(services.path(name).path("volumes")))
          .filteredOn(mount -> mount.startsWith("./"))
          .isNotEmpty()
          .allMatch(mount -> mount.endsWith(":ro"))
          .allSatisfy(mount -> assertThat(ROOT.resolve(mount.split(":", 2)[0])).exists());
    }
  }

  @Test
  void whatAServiceNeedsIsThereWithoutAProfile() throws IOException {
    JsonNode services = services();
    for (Map.Entry<String, JsonNode> entry : services.properties()) {
      for (Map.Entry<String, JsonNode> needed : entry.getValue().path("depends_on").properties()) {
        JsonNode other = services.path(needed.getKey());
        assertThat(other.isObject()).as(needed.getKey()).isTrue();
        assertThat(texts(entry.getValue().path("profiles")))
            .containsAll(texts(other.path("profiles")));
        if (needed.getValue().path("condition").asText().equals("service_healthy")) {
          assertThat(other.path("healthcheck").isObject()).as(needed.getKey()).isTrue();
        }
      }
    }
  }

  /** The services with what they take from anchors. */
  private static JsonNode services() throws IOException {
    try (Reader file = Files.newBufferedReader(ROOT.resolve("docker-compose.yml"))) {
      Object tree = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
      return new ObjectMapper().valueToTree(tree).path("services");
    }
  }

  private static JsonNode yaml(String path) throws IOException {
    return new YAMLMapper().readTree(ROOT.resolve(path).toFile());
  }

  /** As compose gives it where the machine sets nothing. */
  private static Map<String, String> environment(JsonNode service) {
    Map<String, String> environment = new HashMap<>();
    for (Map.Entry<String, JsonNode> variable : service.path("environment").properties()) {
      String value = variable.getValue().asText();
      environment.put(variable.getKey(), value.replaceAll("\\$\\{[A-Z_]+:-([^}]*)}", "$1"));
    }
    return environment;
  }

  private static List<String> texts(JsonNode list) {
    return list.isTextual()
        ? List.of(list.asText())
        : StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }
}
