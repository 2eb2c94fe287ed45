package dev.sarscribe.tests;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A process to be killed, or to be stopped in order by SIGTERM: an embedded broker and producers
 * that write, transaction after transaction and until the end, one record into every partition of a
 * topic.
 */
final class TransactionLoad {
  static final int PRODUCERS = 6;

  /** Begins a line of output that names a transaction whose commit has returned. */
  static final String ACKNOWLEDGED = "committed ";

  /** The more a stop has to do, the more transactions end while it does. */
  private static final NewTopic BALLAST = new NewTopic("ballast", 150, (short) 1);

  private TransactionLoad() {}

  /**
   * Arguments: the broker's folder. Prints the name of each committed transaction, and "at work"
   * when every producer has committed once.
   */
  public static void main(String[] args) throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), 0);
    Runtime.getRuntime().addShutdownHook(new Thread(broker::close));
    KafkaConnection kafka = Corpus.connection(broker.bootstrapServers());
    TopicAdmin.ensure(kafka, Optional.empty());
    try (Admin admin = Admin.create(kafka.adminSettings())) {
      if (!admin.listTopics().names().get().contains(BALLAST.name())) {
        admin.createTopics(List.of(BALLAST)).all().get();
      }
    }
    var committed = new CountDownLatch(PRODUCERS);
    for (int i = 0; i < PRODUCERS; i++) {
      int index = i;
      new Thread(() -> writeForEver(kafka, index, committed)).start();
    }
    committed.await();
    System.out.println("at work");
  }

  private static void writeForEver(KafkaConnection kafka, int index, CountDownLatch committed) {
    KafkaProducer<String, byte[]> producer = producer(kafka, index);
    while (true) {
      System.out.println(ACKNOWLEDGED + writeOnce(producer));
      committed.countDown();
    }
  }

  /** One transaction: the same random name, which is returned, into every partition. */
  static String writeOnce(KafkaProducer<String, byte[]> producer) {
    String name = UUID.randomUUID().toString();
    producer.beginTransaction();
    for (int partition = 0; partition < Topics.TILES.partitions(); partition++) {
      var unused =
          producer.send(
              new ProducerRecord<>(
                  Topics.TILES.name(), partition, name, name.getBytes(StandardCharsets.UTF_8)));
    }
    producer.commitTransaction();
    return name;
  }

  static KafkaProducer<String, byte[]> producer(KafkaConnection kafka, int index) {
    var producer =
        new KafkaProducer<String, byte[]>(kafka.producerSettings(Optional.of("load-" + index)));
    producer.initTransactions();
    return producer;
  }
}
