package dev.sarscribe.producer;

import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.FeedBookmark;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes pages of items. One transaction holds the acquisitions of a page, dead letters and
 * progress events of the items that cannot be used, the bookmarks of all of them, the feed's cursor
 * and its status. So an item is on the topics exactly as often as its bookmark says, and memory
 * believes only what is committed: after a failure the bookmarks are read again. Not thread-safe.
 */
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);

  /** Keeps a transaction small; the next one removes more. */
  private static final int MAX_FORGOTTEN = 2000;

  private final KafkaConnection kafka;
  private final WireFormat wire;
  private final OfferRecords offerRecords;
  private final String feed;
  private final boolean withIds;
  private final TransactionalWriter writer;
  private Bookmarks bookmarks;
  private Optional<FeedStatus> lastStatus = Optional.empty();

  /** When the run began whose status was committed here; empty before the first. */
  private Optional<Instant> ownRun = Optional.empty();

  private Publisher(KafkaConnection kafka, String feed, boolean withIds, String transactionalId) {
    this.kafka = kafka;
    this.wire = kafka.wireFormat();
    this.offerRecords = new OfferRecords(wire);
    this.feed = feed;
    this.withIds = withIds;
    this.writer = new TransactionalWriter(kafka, feed, transactionalId);
    this.bookmarks = new Bookmarks(withIds);
  }

  /**
   * For a feed that runs for long, once per cluster: a second one of the same name fences the
   * first, and a restart ends what a crash left open.
   */
  public static Publisher ofFeed(KafkaConnection kafka, Feed feed) {
    String name = feed.name();
    return new Publisher(kafka, name, feed.needsAcquisitionIds(), "sarscribe-feed-" + name);
  }

  /** For a one-shot publication, any number at the same time. */
  public static Publisher oneShot(KafkaConnection kafka) {
    return new Publisher(kafka, "ingest", true, "sarscribe-ingest-" + UUID.randomUUID());
  }

  /** The feed's name, as it stands in bookmarks and acquisitions. */
  public String feed() {
    return feed;
  }

  /**
   * Takes over from any other instance and learns what was published; does nothing if that is done.
   *
   * @return whether it was to be done
   * @throws FencedException if another run has taken over since this one last committed
   * @throws KafkaException if the broker does not answer; may be called again
   */
  public boolean open() {
    if (writer.isOpen()) {
      return false;
    }
    requireNoSuccessor();
    // In this order: what a predecessor commits until it is fenced is read.
    writer.open();
    try {
      bookmarks = Bookmarks.read(kafka, feed, withIds);
      lastStatus = Optional.empty();
      CommittedReader.read(kafka, Topics.FEEDS, feed::equals, (key, status) -> lastStatus = status);
    } catch (RuntimeException e) {
      writer.close();
      throw e;
    }
    LOG.info("{} knows {} items, cursor {}", feed, bookmarks.size(), bookmarks.cursor());
    return true;
  }

  /**
   * A failure may be a fence in disguise, and opening again would fence the successor in turn: each
   * run begins with a status, by which the other knows it.
   */
  private void requireNoSuccessor() {
    if (ownRun.isEmpty()) {
      return;
    }
    CommittedReader.read(kafka, Topics.FEEDS, feed::equals, (key, status) -> lastStatus = status);
    if (lastStatus.isPresent() && !lastStatus.map(FeedStatus::getStartedAt).equals(ownRun)) {
      throw new FencedException(feed, null);
    }
  }

  /** Whether this feed has published the item just as it is. */
  public Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
    return bookmarks.find(item, fingerprint);
  }

  /** How far the feed has read. */
  public Optional<Instant> cursor() {
    return bookmarks.cursor();
  }

  /** Items that the feed remembers. */
  public int known() {
    return bookmarks.size();
  }

  /** The feed's status as its last run left it. */
  public Optional<FeedStatus> lastStatus() {
    return lastStatus;
  }

  /**
   * Publishes a page, without a status.
   *
   * @return one result per item, in order
   * @throws KafkaException if the broker did not commit; nothing is published then
   */
  public List<Publication> publish(FeedPage page) {
    open();
    Prepared prepared = prepare(page);
    commit(prepared, Optional.empty());
    return prepared.publications();
  }

  /**
   * Looks into the items that are new. Opening a product may take long, so no transaction is open
   * meanwhile.
   */
  Prepared prepare(FeedPage page) {
    Map<String, Offer> byItem = new LinkedHashMap<>();
    page.offers().forEach(offer -> byItem.put(offer.item(), offer));
    Prepared prepared = new Prepared();
    for (Offer offer : byItem.values()) {
      Optional<Publication.AlreadyPublished> before = find(offer.item(), offer.fingerprint());
      if (before.isPresent()) {
        prepared.publications.add(before.orElseThrow());
      } else {
        add(prepared, offer);
      }
    }
    page.advance().ifPresent(advance -> addCursor(prepared, advance));
    return prepared;
  }

  /** Writes what is prepared and the status, if there is anything to write. */
  void commit(Prepared prepared, Optional<FeedStatus> status) {
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>(prepared.records);
    status.ifPresent(s -> records.add(record(s)));
    if (records.isEmpty()) {
      return;
    }
    writer.commit(records);
    ownRun = status.map(FeedStatus::getStartedAt).or(() -> ownRun);
    prepared.bookmarks.forEach(bookmarks::put);
    prepared.forgotten.forEach(bookmarks::remove);
    for (Publication publication : prepared.publications) {
      log(publication);
    }
  }

  /** Writes a status if the broker is connected already. */
  void commitIfOpen(FeedStatus status) {
    if (writer.isOpen()) {
      writer.commit(List.of(record(status)));
      ownRun = Optional.of(status.getStartedAt());
    }
  }

  @Override
  public void close() {
    writer.close();
    wire.close();
  }

  /** Records that belong into one transaction, and what they mean. */
  static final class Prepared {
    private final List<Publication> publications = new ArrayList<>();
    private final List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    private final List<FeedBookmark> bookmarks = new ArrayList<>();
    private final List<String> forgotten = new ArrayList<>();

    private Prepared() {}

    List<Publication> publications() {
      return List.copyOf(publications);
    }

    boolean isEmpty() {
      return records.isEmpty();
    }
  }

  private static void log(Publication publication) {
    if (publication instanceof Publication.Published p) {
      LOG.info("published {} from {}", p.acquisitionId(), p.item());
    } else if (publication instanceof Publication.Refused r) {
      LOG.warn("refused {}: {} {}", r.item(), r.reason(), r.message());
    }
  }

  private void add(Prepared prepared, Offer offer) {
    OfferRecords.Written written = offerRecords.of(offer);
    prepared.records.addAll(written.records());
    boolean refused = written.publication() instanceof Publication.Refused;
    addBookmark(prepared, bookmark(offer, refused ? null : written.publication().acquisitionId()));
    prepared.publications.add(written.publication());
  }

  private void addCursor(Prepared prepared, FeedPage.Advance advance) {
    if (!bookmarks.cursor().equals(Optional.of(advance.cursor()))) {
      addBookmark(
          prepared,
          FeedBookmark.newBuilder()
              .setFeed(feed)
              .setItem(Bookmarks.CURSOR)
              .setFingerprint("")
              .setCursor(advance.cursor())
              .setTime(Instant.now())
              .build());
    }
    Set<String> renewed =
        prepared.bookmarks.stream().map(FeedBookmark::getItem).collect(Collectors.toSet());
    for (String item : bookmarks.before(advance.forgetBefore(), MAX_FORGOTTEN, renewed)) {
      prepared.forgotten.add(item);
      prepared.records.add(
          withHeaders(
              new ProducerRecord<>(Topics.FEED_BOOKMARKS.name(), Bookmarks.key(feed, item), null)));
    }
  }

  private void addBookmark(Prepared prepared, FeedBookmark bookmark) {
    prepared.bookmarks.add(bookmark);
    prepared.records.add(
        withHeaders(
            record(Topics.FEED_BOOKMARKS, Bookmarks.key(feed, bookmark.getItem()), bookmark)));
  }

  private FeedBookmark bookmark(Offer offer, String acquisitionId) {
    return FeedBookmark.newBuilder()
        .setFeed(feed)
        .setItem(offer.item())
        .setFingerprint(offer.fingerprint())
        .setAcquisitionId(acquisitionId)
        .setTime(Instant.now())
        .setItemTime(offer.time().orElse(null))
        .build();
  }

  private ProducerRecord<String, byte[]> record(FeedStatus status) {
    return withHeaders(record(Topics.FEEDS, feed, status));
  }

  /** The feed's own notes are part of no item's trace. */
  private static ProducerRecord<String, byte[]> withHeaders(ProducerRecord<String, byte[]> record) {
    return EventHeaders.on(record, TraceParent.begin());
  }

  private <V extends SpecificRecord> ProducerRecord<String, byte[]> record(
      Topic<V> topic, String key, V value) {
    return new ProducerRecord<>(topic.name(), key, wire.encode(topic, value));
  }
}
