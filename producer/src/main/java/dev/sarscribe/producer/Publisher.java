package dev.sarscribe.producer;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.product.ContentDigest;
import dev.sarscribe.imagery.product.Product;
import dev.sarscribe.imagery.product.ProductInfo;
import dev.sarscribe.imagery.product.Products;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.FeedBookmark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes products one by one: the acquisition and the bookmark of its item in one transaction,
 * or, for a product that cannot be opened, the dead letter, the progress event and the bookmark. So
 * an item is on the topics exactly as often as its bookmark says. Not thread-safe.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** A transaction writes three small records; a crashed one must not block readers for long. */
  private static final int TRANSACTION_TIMEOUT_MS = 30_000;

  private final KafkaConnection kafka;
  private final WireFormat wire;
  private final String feed;
  private final String transactionalId;
  private final Bookmarks bookmarks;

  /** Empty after a failed transaction; the next one starts with a new producer. */
  private Optional<Producer<String, byte[]>> producer = Optional.empty();

  private Publisher(KafkaConnection kafka, String feed, String transactionalId) {
    this.kafka = kafka;
    this.wire = kafka.wireFormat();
    this.feed = feed;
    this.transactionalId = transactionalId;
    this.bookmarks = Bookmarks.read(kafka, wire, feed);
  }

  /**
   * For a feed that runs for long, once per cluster: a second one of the same name fences the
   * first, and a restart ends what a crash left open.
   */
  public static Publisher ofFeed(KafkaConnection kafka, String feed) {
    return new Publisher(kafka, feed, "sarscribe-feed-" + feed);
  }

  /** For a one-shot publication, any number at the same time. */
  public static Publisher oneShot(KafkaConnection kafka) {
    return new Publisher(kafka, "ingest", "sarscribe-ingest-" + UUID.randomUUID());
  }

  /**
   * Publishes a product, unless the same feed has published it before and it has not changed.
   *
   * @throws KafkaException if the broker did not commit; nothing is published then
   */
  public Publication publish(Path path) {
    Path item = path.toAbsolutePath().normalize();
    try {
      return publish(item, Fingerprint.of(item));
    } catch (IOException e) {
      String message = item.getFileName() + ": cannot be read: " + e;
      return refuse(item, "unreadable", SceneException.Reason.NOT_FOUND.name(), message);
    }
  }

  /** As {@link #publish(Path)}, for a feed that knows the item's fingerprint already. */
  Publication publish(Path item, Fingerprint fingerprint) {
    Optional<Publication> before = alreadyPublished(item, fingerprint);
    if (before.isPresent()) {
      return before.orElseThrow();
    }
    ProductInfo info;
    String digest;
    try (Product product = Products.open(item)) {
      info = product.info();
      digest = ContentDigest.of(item);
    } catch (SceneException e) {
      return refuse(item, fingerprint.value(), e.reason().name(), e.getMessage());
    } catch (RuntimeException e) {
      // A reader's defect concerns this file; the feed goes on.
      LOG.error("the reader of {} failed", item, e);
      String message = item.getFileName() + ": the reader failed: " + e;
      return refuse(item, fingerprint.value(), "READER_FAILED", message);
    }
    Acquisition acquisition = acquisition(info, item, fingerprint, digest);
    FeedBookmark bookmark = bookmark(item, fingerprint.value(), info.acquisitionId());
    commit(
        bookmark,
        List.of(record(Topics.ACQUISITIONS, info.acquisitionId(), acquisition), record(bookmark)));
    LOG.info("published {} from {}", info.acquisitionId(), item);
    return new Publication.Published(info.acquisitionId());
  }

  /** Whether this feed knows the item just as it is. */
  Optional<Publication> alreadyPublished(Path item, Fingerprint fingerprint) {
    return bookmarks
        .find(item.toString())
        .filter(b -> b.getFingerprint().equals(fingerprint.value()))
        .map(
            b ->
                new Publication.AlreadyPublished(
                    b.getAcquisitionId() == null ? refusedId(item) : b.getAcquisitionId()));
  }

  @Override
  public void close() {
    producer.ifPresent(Producer::close);
    producer = Optional.empty();
    wire.close();
  }

  private Publication refuse(Path item, String fingerprint, String reason, String message) {
    String id = refusedId(item);
    FeedBookmark bookmark = bookmark(item, fingerprint, null);
    commit(
        bookmark,
        List.of(
            record(
                Topics.DEAD_LETTERS, id, DeadLetters.ofInput(id, reason, message, item.toString())),
            record(Topics.PROGRESS_EVENTS, id, ProgressEvents.failed(id, reason, message)),
            record(bookmark)));
    LOG.warn("refused {}: {} {}", item, reason, message);
    return new Publication.Refused(id, reason, message);
  }

  private void commit(FeedBookmark bookmark, List<ProducerRecord<String, byte[]>> records) {
    Producer<String, byte[]> current = producer.orElseGet(this::openProducer);
    producer = Optional.of(current);
    try {
      current.beginTransaction();
      for (ProducerRecord<String, byte[]> record : records) {
        // A send that fails makes the commit fail.
        var unused = current.send(record);
      }
      current.commitTransaction();
    } catch (ProducerFencedException e) {
      discardProducer();
      throw new KafkaException("another process feeds " + feed + "; only one may run at a time", e);
    } catch (KafkaException e) {
      // The transaction's fate may be unknown; a new producer of the same id settles it.
      discardProducer();
      throw e;
    }
    bookmarks.put(bookmark);
  }

  private Producer<String, byte[]> openProducer() {
    var settings = kafka.producerSettings(Optional.of(transactionalId));
    settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MS);
    Producer<String, byte[]> opened = new KafkaProducer<>(settings);
    try {
      opened.initTransactions();
      return opened;
    } catch (KafkaException e) {
      opened.close(Duration.ZERO);
      throw e;
    }
  }

  private void discardProducer() {
    producer.ifPresent(p -> p.close(Duration.ZERO));
    producer = Optional.empty();
  }

  private <V extends SpecificRecord> ProducerRecord<String, byte[]> record(
      Topic<V> topic, String key, V value) {
    return new ProducerRecord<>(topic.name(), key, wire.encode(topic, value));
  }

  private ProducerRecord<String, byte[]> record(FeedBookmark bookmark) {
    return record(Topics.FEED_BOOKMARKS, Bookmarks.key(feed, bookmark.getItem()), bookmark);
  }

  private FeedBookmark bookmark(Path item, String fingerprint, String acquisitionId) {
    return FeedBookmark.newBuilder()
        .setFeed(feed)
        .setItem(item.toString())
        .setFingerprint(fingerprint)
        .setAcquisitionId(acquisitionId)
        .setTime(Instant.now())
        .build();
  }

  private Acquisition acquisition(
      ProductInfo info, Path item, Fingerprint fingerprint, String digest) {
    Asset asset =
        Asset.newBuilder()
            .setName("product")
            .setUri(item.toUri().toString())
            .setSizeBytes(fingerprint.sizeBytes())
            .setDigest(digest)
            .setRoles(List.of("data"))
            .setPolarizations(info.polarizations())
            .build();
    return Acquisition.newBuilder()
        .setSource(source(info))
        .setPolarizations(info.polarizations())
        .setFootprint(info.footprintGeoJson().orElse(null))
        .setGsdM(info.gsdM().orElse(null))
        .setAssets(List.of(asset))
        .setFeed(feed)
        .setPublishedAt(Instant.now())
        .build();
  }

  private static AcquisitionSource source(ProductInfo info) {
    return AcquisitionSource.newBuilder()
        .setAcquisitionId(info.acquisitionId())
        .setProductId(info.productId())
        .setPlatform(info.platform().orElse(null))
        .setInstrumentMode(info.instrumentMode().orElse(null))
        .setProductType(info.productType().orElse(null))
        .setStartTime(info.startTime().orElse(null))
        .setEndTime(info.endTime().orElse(null))
        .setOrbitState(info.orbitState().orElse(null))
        .setRelativeOrbit(info.relativeOrbit().orElse(null))
        .setAttribution(info.attribution().orElse(null))
        .setLicence(info.licence().orElse(null))
        .build();
  }

  /** A product that cannot be opened has no id of its own; two of one name must not share one. */
  private static String refusedId(Path item) {
    return item.toString();
  }
}
