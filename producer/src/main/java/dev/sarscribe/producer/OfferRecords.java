package dev.sarscribe.producer;

import dev.sarscribe.producer.Offer.Content;
import dev.sarscribe.schemas.DeadLetters;
import dev.sarscribe.schemas.EventHeaders;
import dev.sarscribe.schemas.ProgressEvents;
import dev.sarscribe.schemas.Topic;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.TraceParent;
import dev.sarscribe.schemas.WireFormat;
import dev.sarscribe.schemas.avro.Acquisition;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an item becomes on the topics: its acquisition, or the dead letter and the progress event
 * that say why it is none. Every way into Kafka writes these, beside its own memory of the item.
 * Thread-safe.
 */
public final class OfferRecords {
  private static final Logger LOG = LoggerFactory.getLogger(OfferRecords.class);

  /** What the record's key and envelope take beside its value. */
  private static final int ENVELOPE_BYTES = 8 * 1024;

  private final WireFormat wire;

  /**
   * @param wire stays the caller's
   */
  public OfferRecords(WireFormat wire) {
    this.wire = wire;
  }

  /**
   * An item's records.
   *
   * @param publication {@code Published} or {@code Refused}
   * @param records belong into one transaction
   */
  public record Written(Publication publication, List<ProducerRecord<String, byte[]>> records) {
    public Written {
      records = List.copyOf(records);
    }
  }

  /** Looks into an item, which may take long; nothing that is wrong with it is thrown. */
  public Written of(Offer offer) {
    Content content = contentOf(offer);
    Written written =
        content instanceof Content.Usable usable
            ? acquisition(offer, usable.acquisition())
            : refusal(offer, (Content.Unusable) content);
    // Here a trace begins: all that follows from the item is part of it.
    TraceParent trace = TraceParent.begin();
    return new Written(
        written.publication(),
        written.records().stream().map(r -> EventHeaders.on(r, trace.next())).toList());
  }

  private static Content contentOf(Offer offer) {
    try {
      return offer.content().get();
    } catch (RuntimeException e) {
      // A reader's defect concerns this item; the feed goes on.
      LOG.error("the reader of {} failed", offer.item(), e);
      String message = "%s: the reader failed: %s".formatted(offer.item(), e);
      return new Content.Unusable("READER_FAILED", message, offer.item());
    }
  }

  private Written acquisition(Offer offer, Acquisition acquisition) {
    String id = acquisition.getSource().getAcquisitionId();
    byte[] value;
    try {
      value = wire.encode(Topics.ACQUISITIONS, acquisition);
    } catch (AvroRuntimeException
        | NullPointerException
        | ClassCastException
        | ArithmeticException e) {
      String message = "%s: is no complete record: %s".formatted(offer.item(), e);
      return refusal(offer, new Content.Unusable("MALFORMED_ITEM", message, offer.item()));
    }
    int limit = Topics.ACQUISITIONS.maxMessageBytes() - ENVELOPE_BYTES;
    if (value.length > limit) {
      // The broker would refuse it again and again, and with it all that comes after.
      String message =
          "%s: its record has %d bytes, more than %d".formatted(offer.item(), value.length, limit);
      return refusal(offer, new Content.Unusable("TOO_LARGE", message, offer.item()));
    }
    return new Written(
        new Publication.Published(id, offer.item()),
        List.of(new ProducerRecord<>(Topics.ACQUISITIONS.name(), id, value)));
  }

  /** What cannot be opened has no id of its own; two of one name must not share one. */
  private Written refusal(Offer offer, Content.Unusable unusable) {
    String id = offer.item();
    String reason = unusable.reason();
    String message = unusable.message();
    return new Written(
        new Publication.Refused(id, reason, message),
        List.of(
            record(
                Topics.DEAD_LETTERS,
                id,
                DeadLetters.ofInput(id, reason, message, unusable.original())),
            record(Topics.PROGRESS_EVENTS, id, ProgressEvents.failed(id, reason, message))));
  }

  private <V extends SpecificRecord> ProducerRecord<String, byte[]> record(
      Topic<V> topic, String key, V value) {
    return new ProducerRecord<>(topic.name(), key, wire.encode(topic, value));
  }
}
