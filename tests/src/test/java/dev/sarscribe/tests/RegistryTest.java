package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.MalformedRecordException;
import dev.sarscribe.schemas.SchemaRegistry;
import dev.sarscribe.schemas.SchemaRegistry.Registered;
import dev.sarscribe.schemas.SchemaRegistry.RegistryException;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.DeadLetter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** The wire format against a real Apicurio Registry; skipped where no Docker engine answers. */
class RegistryTest {
  private static GenericContainer<?> registry;
  private static String base;

  @BeforeAll
  static void startRegistry() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "no Docker engine answers: the registry test is skipped");
    registry = registry();
    registry.start();
    base = url(registry);
  }

  private static GenericContainer<?> registry() {
    return new GenericContainer<>("apicurio/apicurio-registry:3.3.3")
        .withExposedPorts(8080)
        .waitingFor(Wait.forHttp("/apis/registry/v3/system/info").forPort(8080));
  }

  private static String url(GenericContainer<?> container) {
    return "http://" + container.getHost() + ":" + container.getMappedPort(8080);
  }

  @AfterAll
  static void stopRegistry() {
    if (registry != null) {
      registry.stop();
    }
  }

  /** The registry that a test sees is the one that the first of them filled. */
  private static List<Registered> registered() throws RegistryException {
    try (SchemaRegistry schemas = new SchemaRegistry(base + "/apis/registry/v3")) {
      return schemas.register();
    }
  }

  @Test
  void registeringAgainChangesNothing() throws Exception {
    List<Registered> first = registered();

    assertThat(registered()).isEqualTo(first);
    assertThat(first).hasSameSizeAs(Topics.ALL);
    try (SchemaRegistry schemas = new SchemaRegistry(base + "/apis/registry/v3")) {
      assertThat(schemas.missing()).isEmpty();
    }
  }

  @Test
  void aSchemaThatBreaksConsumersIsRefusedByTheRegistry() throws Exception {
    registered();
    String broken =
        "{\"type\":\"record\",\"name\":\"CorpusRecord\",\"namespace\":\"dev.sarscribe.schemas.avro\","
            + "\"fields\":[{\"name\":\"tileId\",\"type\":\"int\"}]}";

    HttpResponse<String> reply =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(base + "/apis/ccompat/v7/subjects/sar.corpus.v1-value/versions"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .POST(
                        HttpRequest.BodyPublishers.ofString(
                            new ObjectMapper().writeValueAsString(Map.of("schema", broken))))
                    .build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(409);
  }

  @Test
  void nothingIsWrittenWithASchemaThatIsNotRegistered() throws Exception {
    try (GenericContainer<?> empty = registry()) {
      empty.start();
      String url = url(empty) + "/apis/registry/v3";
      DeadLetter letter = DeadLetters.ofInput("scene", "CORRUPT", "a.tif: bad", "a.tif");
      try (SchemaRegistry schemas = new SchemaRegistry(url);
          WireFormat format = WireFormat.of(Optional.of(url))) {
        assertThat(schemas.missing()).hasSameSizeAs(Topics.ALL);
        assertThatThrownBy(() -> format.encode(Topics.DEAD_LETTERS, letter))
            .isInstanceOf(RuntimeException.class);
        assertThat(schemas.missing()).hasSameSizeAs(Topics.ALL);
      }
    }
  }

  @Test
  void aRegistryThatDoesNotAnswerIsNamedWithTheCause() {
    try (SchemaRegistry schemas = new SchemaRegistry("http://localhost:1/apis/registry/v3")) {
      assertThatThrownBy(schemas::register)
          .isInstanceOf(RegistryException.class)
          .hasMessageContaining("http://localhost:1/apis/registry/v3")
          .hasMessageContaining("refused");
    }
  }

  @Test
  void recordsCarryConfluentFramingThatAnyClientResolvesThroughTheRegistry() throws Exception {
    registered();
    DeadLetter letter = DeadLetters.ofInput("scene", "CORRUPT", "a.tif: bad", "a.tif");
    try (WireFormat format = WireFormat.of(Optional.of(base + "/apis/registry/v3"))) {
      byte[] bytes = format.encode(Topics.DEAD_LETTERS, letter);

      assertThat(bytes[0]).isZero();
      String body = get("/apis/ccompat/v7/schemas/ids/" + ByteBuffer.wrap(bytes, 1, 4).getInt());
      String schemaText = new ObjectMapper().readTree(body).get("schema").asText();
      Schema schema = new Schema.Parser().parse(schemaText);
      GenericRecord read =
          new GenericDatumReader<GenericRecord>(schema)
              .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
      assertThat(read.get("message")).hasToString("a.tif: bad");
      assertThat(format.decode(Topics.DEAD_LETTERS, bytes)).isEqualTo(letter);
    }
  }

  @Test
  void aSchemaIdThatTheRegistryDoesNotKnowIsAMalformedRecord() {
    try (WireFormat format = WireFormat.of(Optional.of(base + "/apis/registry/v3"))) {
      assertThatThrownBy(
              () -> format.decode(Topics.DEAD_LETTERS, new byte[] {0, 0, 0, 39, 15, 2, 's'}))
          .isInstanceOf(MalformedRecordException.class);
    }
  }

  private static String get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(base + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
