package dev.sarscribe.app.broker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the broker that last used a folder out of the cluster before its successor starts.
 *
 * <p>Kafka 4.3 skips the commit or abort markers of a partition without a leader ({@code
 * TransactionMarkerChannelManager.addTxnMarkersToBrokerQueue}: "likely deleted already";
 * KAFKA-20734) and calls the transaction complete. Its records, and all behind them, are hidden
 * then until their producer ends another transaction in that partition, and share its fate: what
 * was aborted may become visible, doubled, and what was committed may be lost. So no partition of a
 * lone broker may be without a leader while a transaction is being ended.
 *
 * <p>When it stops, {@link EmbeddedBroker} has it keep its leaders. To the metadata it then leads
 * every partition until its session expires, as one that was killed does. A successor that starts
 * meanwhile loads the transactions that the end interrupted, and then sees all partitions without a
 * leader while its predecessor is fenced. So the controller runs alone first, with a short session,
 * until the predecessor is fenced. It also saves the successor the wait for the session of 9
 * seconds.
 */
final class Predecessor {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessor.class);

  private static final Duration SESSION = Duration.ofMillis(500);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long POLL_MS = 20;

  private Predecessor() {}

  /**
   * Fences the broker that last used a formatted folder, unless no transaction was ever begun
   * there.
   *
   * <p>Not while another embedded broker runs in this process: the controllers' counts are shared.
   *
   * @param controllerSettings of a node that is controller only
   * @throws IOException if the controller does not start or does not fence it in time
   */
  static void fence(Path folder, Map<String, String> controllerSettings) throws IOException {
    if (!hasTransactionLog(folder)) {
      return;
    }
    LOG.info("the last registration of the broker of {} is fenced", folder);
    Map<String, String> settings = new HashMap<>(controllerSettings);
    settings.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
    settings.put("broker.heartbeat.interval.ms", Long.toString(SESSION.toMillis() / 2));
    KafkaRaftServer controller = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
    try {
      controller.startup();
      awaitFenced(folder);
    } catch (RuntimeException e) {
      throw new IOException("the controller did not start on " + folder + ": " + e, e);
    } finally {
      controller.shutdown();
      controller.awaitShutdown();
    }
  }

  /** A folder without one may never have had a broker that registered, if its start was cut off. */
  private static boolean hasTransactionLog(Path folder) throws IOException {
    try (var logs = Files.newDirectoryStream(folder, Topic.TRANSACTION_STATE_TOPIC_NAME + "-*")) {
      return logs.iterator().hasNext();
    }
  }

  private static void awaitFenced(Path folder) throws IOException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (brokers("Fenced") < 1 || brokers("Active") > 0) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "the broker that last used " + folder + " could not be taken out of the cluster");
      }
      try {
        Thread.sleep(POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  /** The controller's own count of brokers in a state; 0 until it has read its metadata. */
  private static int brokers(String state) throws IOException {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    try {
      var name =
          new ObjectName("kafka.controller:type=KafkaController,name=" + state + "BrokerCount");
      return beans.isRegistered(name) ? (Integer) beans.getAttribute(name, "Value") : 0;
    } catch (JMException e) {
      throw new IOException("the controller's metrics cannot be read", e);
    }
  }
}
