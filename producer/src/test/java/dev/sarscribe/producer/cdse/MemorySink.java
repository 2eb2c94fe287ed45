package dev.sarscribe.producer.cdse;

import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Publication;
import dev.sarscribe.schemas.avro.Acquisition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is durable, in memory: outlives the feeds that fill it. */
final class MemorySink implements FeedSink {
  final List<Acquisition> published = new ArrayList<>();
  final List<Offer.Content.Unusable> refused = new ArrayList<>();
  final Map<String, String> bookmarks = new HashMap<>();
  long room = Long.MAX_VALUE;
  boolean brokerIsAway;
  private Optional<Instant> cursor = Optional.empty();

  @Override
  public Optional<Instant> cursor() {
    return cursor;
  }

  @Override
  public Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
    return Optional.ofNullable(bookmarks.get(item))
        .filter(fingerprint::equals)
        .map(f -> new Publication.AlreadyPublished(item));
  }

  @Override
  public List<Publication> publish(FeedPage page) {
    if (brokerIsAway) {
      throw new org.apache.kafka.common.errors.TimeoutException("no broker");
    }
    boolean cut = false;
    for (Offer offer : page.offers()) {
      if (find(offer.item(), offer.fingerprint()).isPresent()) {
        continue;
      }
      if (room == 0) {
        cut = true;
        break;
      }
      room--;
      bookmarks.put(offer.item(), offer.fingerprint());
      Offer.Content content = offer.content().get();
      if (content instanceof Offer.Content.Usable usable) {
        published.add(usable.acquisition());
      } else if (content instanceof Offer.Content.Unusable unusable) {
        refused.add(unusable);
      }
    }
    if (!cut && page.advance().isPresent()) {
      cursor = page.advance().map(FeedPage.Advance::cursor);
    }
    return List.of();
  }

  @Override
  public boolean hasRoom() {
    return room > 0;
  }

  @Override
  public void backlog(long items) {}
}
