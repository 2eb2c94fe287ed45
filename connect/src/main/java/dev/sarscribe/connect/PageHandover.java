package dev.sarscribe.connect;

import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.OfferRecords;
import dev.sarscribe.producer.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Hands the pages of a feed, which it offers on a thread of its own, to the thread of a task, one
 * at a time. A page counts as published when the task comes for the next one: the worker has sent,
 * and with exactly-once support committed, it by then.
 */
final class PageHandover implements FeedSink {
  private final SourceOffsets offsets;
  private final OfferRecords offerRecords;
  private final StatusRecords statusRecords;

  /** Guarded by this, as all below. */
  private Optional<List<SourceRecord>> waiting = Optional.empty();

  private boolean taken;
  private boolean closed;

  PageHandover(SourceOffsets offsets, OfferRecords offerRecords, StatusRecords statusRecords) {
    this.offsets = offsets;
    this.offerRecords = offerRecords;
    this.statusRecords = statusRecords;
  }

  @Override
  public Optional<Instant> cursor() {
    return offsets.cursor();
  }

  @Override
  public Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
    return offsets.fingerprints(List.of(item)).getOrDefault(item, "").equals(fingerprint)
        ? Optional.of(new Publication.AlreadyPublished(item))
        : Optional.empty();
  }

  @Override
  public List<Publication> publish(FeedPage page) throws InterruptedException {
    List<Publication> publications = new ArrayList<>();
    List<SourceRecord> records = new ArrayList<>();
    List<Offer> fresh = fresh(page.offers());
    for (Offer offer : fresh) {
      OfferRecords.Written written = offerRecords.of(offer);
      publications.add(written.publication());
      written.records().forEach(r -> records.add(offsets.record(offer, r)));
    }
    Optional<Instant> moved = page.advance().map(FeedPage.Advance::cursor);
    boolean tells = moved.isPresent() && (!fresh.isEmpty() || !moved.equals(offsets.cursor()));
    if (tells) {
      records.add(statusRecords.after(publications, moved.orElseThrow(), offsets));
    }
    if (!records.isEmpty()) {
      handOver(records);
      fresh.forEach(offsets::published);
      statusRecords.committed(publications);
      moved.ifPresent(offsets::moveTo);
    }
    return publications;
  }

  /** A page is as large as the place gives it; the worker bounds its own buffers. */
  @Override
  public boolean hasRoom() {
    return true;
  }

  @Override
  public void backlog(long items) {
    statusRecords.backlog(items);
  }

  /**
   * Called by the task: says that what it took before is published, and waits a while for more.
   *
   * @return nothing if there is no page yet
   */
  synchronized Optional<List<SourceRecord>> take(Duration patience) throws InterruptedException {
    if (taken) {
      waiting = Optional.empty();
      taken = false;
      notifyAll();
    }
    long end = System.nanoTime() + patience.toNanos();
    long left = patience.toNanos();
    while (waiting.isEmpty() && !closed && left > 0) {
      wait(Math.max(1, left / 1_000_000));
      left = end - System.nanoTime();
    }
    taken = waiting.isPresent();
    return waiting;
  }

  /** Wakes both threads; no page is handed over any more. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  private synchronized void handOver(List<SourceRecord> records) throws InterruptedException {
    waiting = Optional.of(List.copyOf(records));
    notifyAll();
    while (waiting.isPresent() && !closed) {
      wait();
    }
    if (closed) {
      throw new InterruptedException("the task ends");
    }
  }

  /** New items of a page; of two of one name the last. */
  private List<Offer> fresh(List<Offer> offers) {
    Map<String, Offer> byItem = new LinkedHashMap<>();
    offers.forEach(offer -> byItem.put(offer.item(), offer));
    Collection<String> items = byItem.keySet();
    Map<String, String> known = offsets.fingerprints(items);
    return byItem.values().stream()
        .filter(offer -> !offer.fingerprint().equals(known.get(offer.item())))
        .toList();
  }
}
