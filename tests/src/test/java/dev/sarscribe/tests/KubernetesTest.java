package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.sarscribe.schemas.Topics;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests: against Kubernetes' own API, against each other, and against the command. */
class KubernetesTest {
  private static final Path ROOT = LocalProcess.root().resolve("deploy/kubernetes");
  private static final ObjectMapper YAML = new YAMLMapper();
  private static final String CONFIG = "/etc/sarscribe/sarscribe.yaml";

  private static final Map<String, Check> CHECKS =
      Map.of(
          "v1/ServiceAccount", V1ServiceAccount::validateJsonElement,
          "v1/Service", V1Service::validateJsonElement,
          "v1/PersistentVolumeClaim", V1PersistentVolumeClaim::validateJsonElement,
          "apps/v1/Deployment", V1Deployment::validateJsonElement,
          "apps/v1/StatefulSet", V1StatefulSet::validateJsonElement,
          "policy/v1/PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
          "networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy::validateJsonElement,
          "keda.sh/v1alpha1/ScaledObject", KubernetesTest::checkScaledObject);

  private interface Check {
    void validate(JsonElement manifest) throws IOException;
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "gpu", "sasl"})
  void everyManifestIsWhatTheApiTakes(String overlay) throws IOException {
    Map<String, ObjectNode> manifests = build(ROOT.resolve(overlay));
    assertThat(manifests).hasSizeGreaterThan(8);
    for (Map.Entry<String, ObjectNode> manifest : manifests.entrySet()) {
      ObjectNode node = manifest.getValue();
      String kind = node.path("apiVersion").asText() + "/" + node.path("kind").asText();
      assertThat(CHECKS).as(manifest.getKey()).containsKey(kind);
      CHECKS.get(kind).validate(JsonParser.parseString(node.toString()));
    }
  }

  @Test
  void aFieldThatTheApiDoesNotHaveIsRefused() throws IOException {
    ObjectNode tile = build(ROOT.resolve("base")).get("StatefulSet/sarscribe-tile");
    ((ObjectNode) container(tile)).put("readOnlyRootFilesystem", true);

    assertThatThrownBy(
            () -> V1StatefulSet.validateJsonElement(JsonParser.parseString(tile.toString())))
        .hasMessageContaining("readOnlyRootFilesystem");
  }

  @Test
  void podsRunWithoutRightsAndWithLimits() throws IOException {
    for (ObjectNode workload : workloads(build(ROOT.resolve("base")))) {
      JsonNode pod = workload.at("/spec/template/spec");
      JsonNode security = container(workload).path("securityContext");
      assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
      assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
      assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(security.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
      assertThat(security.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
      assertThat(container(workload).at("/resources/limits/memory").isTextual()).isTrue();
      assertThat(workload.at("/spec/selector/matchLabels"))
          .isEqualTo(workload.at("/spec/template/metadata/labels"));
    }
  }

  @Test
  void whatIsMountedAndNamedExists() throws IOException {
    Map<String, ObjectNode> manifests = build(ROOT.resolve("base"));
    for (ObjectNode workload : workloads(manifests)) {
      JsonNode pod = workload.at("/spec/template/spec");
      List<String> volumes = new ArrayList<>(pod.path("volumes").findValuesAsText("name"));
      workload
          .at("/spec/volumeClaimTemplates")
          .forEach(claim -> volumes.add(claim.at("/metadata/name").asText()));
      for (JsonNode mount : container(workload).path("volumeMounts")) {
        assertThat(volumes).contains(mount.path("name").asText());
      }
      pod.findValuesAsText("claimName")
          .forEach(c -> assertThat(manifests).containsKey("PersistentVolumeClaim/" + c));
      assertThat(manifests)
          .containsKey("ServiceAccount/" + pod.path("serviceAccountName").asText());
      if (workload.path("kind").asText().equals("StatefulSet")) {
        assertThat(manifests).containsKey("Service/" + workload.at("/spec/serviceName").asText());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "base, Deployment/sarscribe-feed", "base, StatefulSet/sarscribe-tile",
    "base, StatefulSet/sarscribe-caption", "gpu, StatefulSet/sarscribe-caption",
    "sasl, StatefulSet/sarscribe-tile", "sasl, StatefulSet/sarscribe-caption"
  })
  void theCommandUnderstandsArgumentsVariablesAndFile(String overlay, String name)
      throws IOException {
    ObjectNode workload = build(ROOT.resolve(overlay)).get(name);
    Map<String, String> settings = effective(workload);

    assertThat(settings.get("bootstrap-servers"))
        .isEqualTo("kafka:9092  " + ROOT.resolve("base/sarscribe.yaml") + ":2");
    assertThat(settings.get("log-to")).startsWith("stderr");
    String port = container(workload).at("/ports/0/containerPort").asText();
    assertThat(settings.get("http-port")).startsWith(port + " ");
    assertThat(settings.get("http-host")).startsWith("0.0.0.0 ");
    if (overlay.equals("sasl")) {
      assertThat(settings.get("kafka.sasl.jaas.config")).startsWith("********");
      assertThat(settings.get("kafka.security.protocol")).startsWith("SASL_SSL");
    }
  }

  @Test
  void probesAskWhatTheProcessServes() throws IOException {
    for (ObjectNode workload : workloads(build(ROOT.resolve("base")))) {
      JsonNode container = container(workload);
      assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/health/live");
      assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health/ready");
      assertThat(container.at("/ports/0/name").asText()).isEqualTo("http");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "gpu"})
  void thereAreNeverMoreConsumersThanPartitions(String overlay) throws IOException {
    Map<String, ObjectNode> manifests = build(ROOT.resolve(overlay));
    ObjectNode scaled = manifests.get("ScaledObject/sarscribe-caption");
    Map<String, String> settings = effective(manifests.get("StatefulSet/sarscribe-caption"));
    int workers = Integer.parseInt(settings.get("workers").split(" ", 2)[0]);

    assertThat(scaled.at("/spec/maxReplicaCount").asInt() * workers)
        .isLessThanOrEqualTo(Topics.TILES.partitions());
    JsonNode lag = scaled.at("/spec/triggers/0/metadata");
    assertThat(lag.path("topic").asText()).isEqualTo(Topics.TILES.name());
    assertThat(settings.get("bootstrap-servers"))
        .startsWith(lag.path("bootstrapServers").asText() + " ");
  }

  /** What a container runs with. */
  private static Map<String, String> effective(ObjectNode workload) throws IOException {
    List<String> arguments = new ArrayList<>();
    for (JsonNode argument : container(workload).path("args")) {
      arguments.add(argument.asText().replace("$(POD_NAME)", "pod-0"));
    }
    Map<String, String> environment = new HashMap<>();
    for (JsonNode variable : container(workload).path("env")) {
      environment.put(
          variable.path("name").asText(),
          variable.has("value") ? variable.path("value").asText() : "from elsewhere");
    }
    assertThat(environment.get("SARSCRIBE_CONFIG")).isEqualTo(CONFIG);
    environment.put("SARSCRIBE_CONFIG", ROOT.resolve("base/sarscribe.yaml").toString());
    return EffectiveSettings.of(environment, arguments);
  }

  private static List<ObjectNode> workloads(Map<String, ObjectNode> manifests) {
    List<ObjectNode> found =
        manifests.values().stream().filter(m -> m.at("/spec/template/spec").isObject()).toList();
    assertThat(found).hasSize(3);
    return found;
  }

  private static JsonNode container(ObjectNode workload) {
    JsonNode containers = workload.at("/spec/template/spec/containers");
    assertThat(containers).hasSize(1);
    return containers.get(0);
  }

  /** What kustomize makes of a folder, as far as these use it: resources and merging patches. */
  private static Map<String, ObjectNode> build(Path folder) throws IOException {
    JsonNode kustomization = YAML.readTree(folder.resolve("kustomization.yaml").toFile());
    assertThat(kustomization.properties().stream().map(Map.Entry::getKey))
        .isSubsetOf(
            "apiVersion", "kind", "resources", "patches", "labels", "configMapGenerator", "images");
    Map<String, ObjectNode> manifests = new LinkedHashMap<>();
    for (JsonNode resource : kustomization.path("resources")) {
      Path path = folder.resolve(resource.asText()).normalize();
      if (Files.isDirectory(path)) {
        manifests.putAll(build(path));
      } else {
        read(path).forEach(m -> assertThat(manifests.put(name(m), m)).isNull());
      }
    }
    for (JsonNode generator : kustomization.path("configMapGenerator")) {
      generator.path("files").forEach(f -> assertThat(folder.resolve(f.asText())).isRegularFile());
    }
    for (JsonNode patch : kustomization.path("patches")) {
      for (ObjectNode change : read(folder.resolve(patch.path("path").asText()))) {
        assertThat(manifests).as(patch.toString()).containsKey(name(change));
        merge(manifests.get(name(change)), change);
      }
    }
    return manifests;
  }

  private static List<ObjectNode> read(Path file) throws IOException {
    try (MappingIterator<ObjectNode> documents =
        YAML.readerFor(new TypeReference<ObjectNode>() {}).readValues(file.toFile())) {
      return documents.readAll();
    }
  }

  private static String name(ObjectNode manifest) {
    return manifest.path("kind").asText() + "/" + manifest.at("/metadata/name").asText();
  }

  /** A strategic merge: lists of named things by their names, which containers must have. */
  private static void merge(ObjectNode into, ObjectNode change) {
    for (Map.Entry<String, JsonNode> field : change.properties()) {
      JsonNode before = into.get(field.getKey());
      if (before instanceof ObjectNode object && field.getValue() instanceof ObjectNode more) {
        merge(object, more);
      } else if (before instanceof ArrayNode list && field.getValue() instanceof ArrayNode more) {
        for (JsonNode element : more) {
          ObjectNode known = named(list, element.path("name").asText());
          if (known == null) {
            assertThat(field.getKey())
                .as("a container that is not there")
                .isNotEqualTo("containers");
            list.add(element);
          } else {
            merge(known, (ObjectNode) element);
          }
        }
      } else {
        into.set(field.getKey(), field.getValue());
      }
    }
  }

  private static ObjectNode named(ArrayNode list, String name) {
    for (JsonNode element : list) {
      if (element.path("name").asText().equals(name)) {
        return (ObjectNode) element;
      }
    }
    return null;
  }

  /** KEDA's classes are in no library: the fields of its API that are used here. */
  private static void checkScaledObject(JsonElement manifest) throws IOException {
    JsonNode spec = YAML.readTree(manifest.toString()).path("spec");
    assertThat(spec.properties().stream().map(Map.Entry::getKey))
        .isSubsetOf(
            Set.of(
                "scaleTargetRef",
                "minReplicaCount",
                "maxReplicaCount",
                "pollingInterval",
                "cooldownPeriod",
                "triggers"));
    assertThat(spec.at("/scaleTargetRef/name").asText()).isEqualTo("sarscribe-caption");
    assertThat(spec.at("/scaleTargetRef/kind").asText()).isEqualTo("StatefulSet");
    for (JsonNode trigger : spec.path("triggers")) {
      assertThat(trigger.path("type").asText()).isEqualTo("kafka");
      assertThat(trigger.path("metadata").properties())
          .allSatisfy(entry -> assertThat(entry.getValue().isTextual()).isTrue())
          .extracting(Map.Entry::getKey)
          .contains("bootstrapServers", "consumerGroup", "topic", "lagThreshold");
    }
  }
}
