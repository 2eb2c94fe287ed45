package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.imagery.simulate.ProgressListener;
import dev.sarscribe.imagery.simulate.SceneKind;
import dev.sarscribe.imagery.simulate.SceneSimulator;
import dev.sarscribe.imagery.simulate.SceneSpec;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.AcquisitionProgress;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.ProgressState;
import dev.sarscribe.tests.example.CorpusReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.output.Slf4jLogConsumer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The images as they are deployed: our own with a real Kafka and a real registry. Skipped where no
 * Docker engine answers.
 */
class StackTest {
  private static final Logger LOG = LoggerFactory.getLogger(StackTest.class);
  private static final String REGISTRY = "http://registry:8080/apis/registry/v3";
  private static final String IMAGE = "sarscribe:test";
  private static final int TILES = 2 * 8 * 6;

  /** The broker's in docker-compose.yml: after it the engine kills. */
  private static final Duration STOP_GRACE_PERIOD = Duration.ofMinutes(1);

  /** What it really takes, with time to spare. */
  private static final Duration STOP = Duration.ofSeconds(15);

  private static final List<GenericContainer<?>> RUNNING = new ArrayList<>();
  private static Network network;
  private static int kafkaPort;
  private static GenericContainer<?> kafka;
  private static GenericContainer<?> registry;

  @TempDir private static Path folder;

  @BeforeAll
  static void startBrokerAndRegistry() throws IOException {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "no Docker engine answers: the stack test is skipped");
    network = Network.newNetwork();
    buildImage();
    kafkaPort = freePort();
    kafka = kafka();
    start(kafka);
    registry =
        new GenericContainer<>("apicurio/apicurio-registry:3.3.3")
            .withNetwork(network)
            .withNetworkAliases("registry")
            .withEnv("APICURIO_STORAGE_KIND", "kafkasql")
            .withEnv("APICURIO_KAFKASQL_BOOTSTRAP_SERVERS", "kafka:19092")
            .withExposedPorts(8080)
            .waitingFor(Wait.forHttp("/apis/registry/v3/system/info").forPort(8080));
    start(registry);
  }

  /** Testcontainers' own builder would look for the Dockerfile's stages in a registry. */
  private static void buildImage() {
    DockerClientFactory.instance()
        .client()
        .buildImageCmd(LocalProcess.root().resolve("Dockerfile").toFile())
        .withTarget("prebuilt")
        .withTags(Set.of(IMAGE))
        .exec(new BuildImageResultCallback())
        .awaitImageId();
  }

  @AfterAll
  static void stopAll() {
    for (int i = RUNNING.size() - 1; i >= 0; i--) {
      RUNNING.get(i).stop();
    }
    if (network != null) {
      network.close();
    }
  }

  @Test
  void aProductInTheMountedFolderIsEachTileOnceThroughAKillARestartAndANewcomer() throws Exception {
    Path incoming = Files.createDirectories(folder.resolve("incoming"));
    openToAll(folder);
    run("schemas", "register");
    run("topics", "--create");
    start(stage("feed", "directory", "/data/incoming"), incoming);
    start(stage("tile"), incoming);
    GenericContainer<?> captioner = stage("caption", "--workers", "1", "--batch", "4");
    start(captioner);

    dropProduct(incoming);
    await("the first captions", () -> read(Topics.CORPUS).size() > 8);
    captioner.getDockerClient().killContainerCmd(captioner.getContainerId()).exec();
    start(stage("caption", "--workers", "1", "--batch", "4"));
    await("captions of the newcomer", () -> read(Topics.CORPUS).size() > 20);
    restartBroker();
    start(stage("tile"), incoming);
    start(stage("caption", "--workers", "1", "--batch", "4"));
    await("the end", () -> progress().stream().anyMatch(StackTest::isDone));
    // The killed captioner's transaction hides what stands behind it until it times out.
    await("all captions", () -> read(Topics.CORPUS).size() >= TILES);

    List<CorpusRecord> corpus = read(Topics.CORPUS);
    assertThat(corpus).extracting(CorpusRecord::getTileId).doesNotHaveDuplicates().hasSize(TILES);
    assertThat(read(Topics.DEAD_LETTERS)).isEmpty();
    assertThat(progress().get(progress().size() - 1).getCaptioned()).isEqualTo(TILES);
    assertOthersRead(corpus);
  }

  private static boolean isDone(AcquisitionProgress progress) {
    return progress.getState() == ProgressState.DONE;
  }

  /** The documented consumers, which know only the broker and the registry. */
  private static void assertOthersRead(List<CorpusRecord> corpus) throws Exception {
    String url = "http://%s:%d/apis/ccompat/v7".formatted(registry.getHost(), registryPort());
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      CorpusReader.main(new String[] {bootstrap(), url, Integer.toString(TILES)});
    } finally {
      System.setOut(console);
    }
    List<String> expected = corpus.stream().map(CorpusRecord::getTileId).sorted().toList();
    assertThat(tileIds(printed.toString(StandardCharsets.UTF_8))).isEqualTo(expected);
    for (String script : List.of("corpus_registry.py", "corpus_fastavro.py")) {
      Optional<String> output = ForeignReader.run(script, bootstrap(), url, TILES, folder);
      output.ifPresent(text -> assertThat(tileIds(text)).as(script).isEqualTo(expected));
    }
  }

  private static List<String> tileIds(String lines) {
    return lines.lines().map(line -> line.split("\t")[0]).sorted().toList();
  }

  private static int registryPort() {
    return registry.getMappedPort(8080);
  }

  private static GenericContainer<?> kafka() {
    return new GenericContainer<>("apache/kafka:4.3.1")
        .withNetwork(network)
        .withNetworkAliases("kafka")
        .withEnv(
            Map.ofEntries(
                Map.entry("KAFKA_NODE_ID", "1"),
                Map.entry("KAFKA_PROCESS_ROLES", "broker,controller"),
                Map.entry("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
                Map.entry("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
                Map.entry(
                    "KAFKA_LISTENERS", "INTERNAL://:19092,EXTERNAL://:9092,CONTROLLER://:9093"),
                Map.entry(
                    "KAFKA_ADVERTISED_LISTENERS",
                    "INTERNAL://kafka:19092,EXTERNAL://localhost:" + kafkaPort),
                Map.entry(
                    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                    "INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL"),
                Map.entry("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
                Map.entry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
                Map.entry("KAFKA_LOG_DIRS", "/var/lib/kafka/data")))
        // Not every build of the image starts a second time: then its data are formatted. Without
        // the image's own logging it would say nothing after the restart.
        .withCommand(
            "bash",
            "-c",
            "if [ -f /var/lib/kafka/data/meta.properties ]; then"
                + " exec /opt/kafka/bin/kafka-run-class.sh"
                + " -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml kafka.Kafka"
                + " /opt/kafka/config/server.properties; fi; exec /etc/kafka/docker/run")
        // A port of the engine's choice would be another one after the restart.
        .withCreateContainerCmdModifier(
            command ->
                command
                    .getHostConfig()
                    .withPortBindings(
                        new PortBinding(Ports.Binding.bindPort(kafkaPort), new ExposedPort(9092))))
        .waitingFor(Wait.forLogMessage(".*Kafka Server started.*", 1));
  }

  private static GenericContainer<?> stage(String... arguments) {
    return new GenericContainer<>(IMAGE)
        .withNetwork(network)
        .withEnv("SARSCRIBE_BOOTSTRAP_SERVERS", "kafka:19092")
        .withEnv("SARSCRIBE_REGISTRY", REGISTRY)
        .withEnv("SARSCRIBE_LOG_TO", "stderr")
        .withEnv("JAVA_OPTS", "-Xmx768m")
        .withLogConsumer(new Slf4jLogConsumer(LOG).withPrefix(arguments[0]))
        .withCommand(arguments);
  }

  private static void run(String... arguments) {
    start(stage(arguments).withStartupCheckStrategy(new OneShotStartupCheckStrategy()));
  }

  private static void start(GenericContainer<?> container, Path incoming) {
    container.withFileSystemBind(incoming.toString(), "/data/incoming", BindMode.READ_ONLY);
    start(container);
  }

  private static void start(GenericContainer<?> container) {
    RUNNING.add(container);
    container.start();
  }

  /**
   * A restart in the middle of transactions, but for those that are being ended, the killed
   * captioner's among them: while a lone broker shuts down in order no partition has a leader, and
   * Kafka 4.3 skips the markers that it has not written by then and calls the transaction complete
   * (KAFKA-20734). What that has written stays hidden until its producer ends something else in the
   * same partition, which a captioner that was killed or has lost the partition's tiles never does.
   */
  private static void restartBroker() throws InterruptedException {
    List<GenericContainer<?>> writers =
        RUNNING.stream()
            .filter(c -> !List.of(kafka, registry).contains(c) && c.isRunning())
            .toList();
    DockerClient docker = kafka.getDockerClient();
    awaitNoEndOfTransactions();
    writers.forEach(c -> docker.pauseContainerCmd(c.getContainerId()).exec());
    try {
      awaitNoEndOfTransactions();
      docker
          .restartContainerCmd(kafka.getContainerId())
          .withTimeout((int) STOP_GRACE_PERIOD.toSeconds())
          .exec();
    } finally {
      writers.forEach(c -> docker.unpauseContainerCmd(c.getContainerId()).exec());
    }
  }

  private static void awaitNoEndOfTransactions() throws InterruptedException {
    await("the end of each commit", () -> !BrokerState.isEndingTransactions(connection(), STOP));
  }

  private static void dropProduct(Path incoming) throws IOException {
    Path made =
        SceneSimulator.writeSafe(
            SceneSpec.sentinel1(3900, 2900, 7, SceneKind.COAST),
            folder.resolve("made"),
            folder.resolve("truth"),
            ProgressListener.NONE);
    openToAll(made);
    Files.move(made, incoming.resolve(made.getFileName()));
  }

  /** The image's user is another one than the test's. */
  private static void openToAll(Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.toList()) {
        Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        // Not to the log, which goes nowhere unless another test has opened it in this process.
        RUNNING.forEach(container -> System.err.println(container.getLogs()));
        throw new AssertionError(what + " did not come\n" + brokerState());
      }
      Thread.sleep(500);
    }
  }

  private static String brokerState() throws InterruptedException {
    try {
      return BrokerState.describe(connection(), "sarscribe-caption", Topics.TILES, Topics.CORPUS);
    } catch (ExecutionException e) {
      return "the broker does not say more: " + e.getCause();
    }
  }

  private static List<AcquisitionProgress> progress() {
    return read(Topics.PROGRESS);
  }

  private static <V extends SpecificRecord> List<V> read(Topic<V> topic) {
    List<V> values = new ArrayList<>();
    try (var reader = new TopicReader<>(connection(), topic, TopicReader.Start.BEGINNING)) {
      reader.drain(values::add);
    } catch (KafkaException e) {
      LOG.info("the broker does not answer now", e);
    }
    return values;
  }

  private static KafkaConnection connection() {
    return new KafkaConnection(
        bootstrap(),
        Optional.of("http://localhost:%d/apis/registry/v3".formatted(registryPort())),
        Map.of());
  }

  private static String bootstrap() {
    return "localhost:" + kafkaPort;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
