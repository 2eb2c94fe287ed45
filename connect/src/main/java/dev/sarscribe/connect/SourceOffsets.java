package dev.sarscribe.connect;

import dev.sarscribe.producer.Offer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/**
 * What a feed remembers in the worker's offsets: of each item, {@code {feed, item}}, its
 * fingerprint, and of the feed, {@code {feed}}, how far it has read. What this task has published
 * itself is remembered here too, as a worker without exactly-once support writes offsets late.
 * Thread-safe.
 */
final class SourceOffsets {
  static final String FEED = "feed";
  private static final String ITEM = "item";
  private static final String FINGERPRINT = "fingerprint";
  private static final String CURSOR = "cursor";

  /** Offsets are written every minute by default; that is far less. */
  private static final int MAX_RECENT = 50_000;

  private final String feed;
  private final OffsetStorageReader reader;
  private final Map<String, String> recent =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > MAX_RECENT;
        }
      };
  private Optional<Instant> cursor;

  SourceOffsets(String feed, OffsetStorageReader reader) {
    this.feed = feed;
    this.reader = reader;
    this.cursor = readCursor();
  }

  /** The fingerprints of those items that were published. */
  synchronized Map<String, String> fingerprints(Collection<String> items) {
    Map<String, String> found = new HashMap<>();
    List<Map<String, String>> asked = items.stream().map(this::partition).toList();
    Map<Map<String, String>, Map<String, Object>> stored = reader.offsets(asked);
    for (String item : items) {
      Map<String, Object> offset = stored == null ? null : stored.get(partition(item));
      if (offset != null && offset.get(FINGERPRINT) instanceof String fingerprint) {
        found.put(item, fingerprint);
      }
      if (recent.containsKey(item)) {
        found.put(item, recent.get(item));
      }
    }
    return found;
  }

  synchronized void published(Offer offer) {
    recent.put(offer.item(), offer.fingerprint());
  }

  synchronized Optional<Instant> cursor() {
    return cursor;
  }

  synchronized void moveTo(Instant time) {
    cursor = Optional.of(time);
  }

  /** A record of an item; with it the item's fingerprint is stored. */
  SourceRecord record(Offer offer, ProducerRecord<String, byte[]> record) {
    return record(partition(offer.item()), Map.of(FINGERPRINT, offer.fingerprint()), record);
  }

  /** A record of the feed; with it the cursor is stored. */
  SourceRecord record(Instant readTo, ProducerRecord<String, byte[]> record) {
    return record(Map.of(FEED, feed), Map.of(CURSOR, readTo.toString()), record);
  }

  private static SourceRecord record(
      Map<String, String> partition,
      Map<String, String> offset,
      ProducerRecord<String, byte[]> record) {
    // Ours are texts, which every header converter passes on as they are.
    ConnectHeaders headers = new ConnectHeaders();
    for (Header header : record.headers()) {
      headers.addString(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    }
    return new SourceRecord(
        partition,
        offset,
        record.topic(),
        null,
        Schema.STRING_SCHEMA,
        record.key(),
        Schema.BYTES_SCHEMA,
        record.value(),
        null,
        headers);
  }

  private Map<String, String> partition(String item) {
    return Map.of(FEED, feed, ITEM, item);
  }

  private Optional<Instant> readCursor() {
    Map<String, Object> offset = reader.offset(Map.of(FEED, feed));
    if (offset == null || !(offset.get(CURSOR) instanceof String text)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty(); // somebody has altered the offsets; the place is read anew
    }
  }
}
