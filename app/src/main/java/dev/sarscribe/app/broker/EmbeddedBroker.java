package dev.sarscribe.app.broker;

import dev.sarscribe.schemas.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Apache Kafka's own server, broker and KRaft controller in one, listening on the loopback
 * interface only. Its data stay in a folder: a later start on the same folder is the same cluster.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
  private static final String HOST = "localhost";
  private static final String CONTROLLER = "CONTROLLER";
  private static final int NODE_ID = 1;

  /** One broker gains nothing from spreading its internal topics further. */
  private static final int INTERNAL_PARTITIONS = 4;

  private final KafkaRaftServer server;
  private final String bootstrapServers;

  private EmbeddedBroker(KafkaRaftServer server, String bootstrapServers) {
    this.server = server;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts the broker and returns when it takes requests.
   *
   * @param folder its data; formatted if empty
   * @param port to listen on; 0 for any free one
   * @throws IOException if the port is taken or the folder cannot be used
   */
  public static EmbeddedBroker start(Path folder, int port) throws IOException {
    int brokerPort = port == 0 ? freePort() : requireFree(port);
    if (!format(folder)) {
      Predecessor.fence(folder, controllerSettings(folder, freePort()));
    }
    KafkaConfig config = new KafkaConfig(settings(folder, brokerPort, freePort()), false);
    KafkaRaftServer server = new KafkaRaftServer(config, Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      server.shutdown();
      throw new IOException("the embedded broker did not start on " + folder + ": " + e, e);
    }
    LOG.info("embedded broker listens on {}:{}, data in {}", HOST, brokerPort, folder);
    return new EmbeddedBroker(server, HOST + ":" + brokerPort);
  }

  /** For clients in this and other processes of this machine. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Flushes and stops; clients should be closed by now. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  /** Whether the folder was empty and is formatted now. */
  static boolean format(Path folder) throws IOException {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return false;
    }
    Files.createDirectories(folder);
    var output = new ByteArrayOutputStream();
    try (var print = new PrintStream(output, true, StandardCharsets.UTF_8)) {
      new Formatter()
          .setPrintStream(print)
          .setNodeId(NODE_ID)
          .setClusterId(Uuid.randomUuid().toString())
          .addDirectory(folder.toString())
          .setMetadataLogDirectory(folder.toString())
          .setControllerListenerName(CONTROLLER)
          .run();
    } catch (Exception e) {
      throw new IOException(folder + " cannot be formatted for the embedded broker: " + e, e);
    }
    LOG.info("{}", output.toString(StandardCharsets.UTF_8).strip());
    return true;
  }

  /** A node that is controller only, on the same metadata. */
  private static Map<String, String> controllerSettings(Path folder, int controllerPort) {
    Map<String, String> settings = new HashMap<>();
    settings.put("process.roles", "controller");
    settings.put("node.id", Integer.toString(NODE_ID));
    settings.put("controller.listener.names", CONTROLLER);
    settings.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
    settings.put("listeners", "%s://%s:%d".formatted(CONTROLLER, HOST, controllerPort));
    settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("log.dirs", folder.toString());
    return settings;
  }

  private static Map<String, String> settings(Path folder, int port, int controllerPort) {
    Map<String, String> settings = controllerSettings(folder, controllerPort);
    settings.put("process.roles", "broker,controller");
    settings.merge("listeners", "PLAINTEXT://%s:%d".formatted(HOST, port), (c, b) -> b + "," + c);
    singleNode(settings);
    limits(settings);
    return settings;
  }

  private static void singleNode(Map<String, String> settings) {
    settings.put("default.replication.factor", "1");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", Integer.toString(INTERNAL_PARTITIONS));
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", Integer.toString(INTERNAL_PARTITIONS));
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("share.coordinator.state.topic.num.partitions", "1");
    settings.put("group.initial.rebalance.delay.ms", "0");
    settings.put("auto.create.topics.enable", "false");
    // It would hand all partitions over to nobody while the last transactions are being ended;
    // Predecessor says what becomes of those.
    settings.put("controlled.shutdown.enable", "false");
  }

  private static void limits(Map<String, String> settings) {
    settings.put("message.max.bytes", Integer.toString(Topics.MAX_RECORD_BYTES));
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "4");
    settings.put("background.threads", "2");
    // The defaults reserve 128 MiB of heap for compaction and 20 MiB of index per partition.
    settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 * 1024 * 1024));
    settings.put("log.cleaner.io.buffer.size", Integer.toString(4 * 1024 * 1024));
    settings.put("log.index.size.max.bytes", Integer.toString(1024 * 1024));
    // Compaction and expiry work on closed segments only.
    settings.put("log.segment.bytes", Integer.toString(128 * 1024 * 1024));
  }

  private static int requireFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(HOST), port));
      return port;
    } catch (IOException e) {
      throw new IOException(
          "port %d of localhost is taken, perhaps by another broker: choose another with --port, or --port 0 for any free one"
              .formatted(port),
          e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(HOST), 0));
      return socket.getLocalPort();
    }
  }
}
