package dev.sarscribe.tests.feed;

import dev.sarscribe.producer.FeedPage;
import dev.sarscribe.producer.FeedSink;
import dev.sarscribe.producer.Offer;
import dev.sarscribe.producer.Publication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Takes what a feed offers as the publisher does, in memory. */
class RecordingSink implements FeedSink {
  final List<Publication> publications = new ArrayList<>();
  final Map<String, Offer> known = new HashMap<>();
  Optional<Instant> cursor = Optional.empty();
  long room = Long.MAX_VALUE;
  long backlog;

  List<String> published() {
    return publications.stream()
        .filter(Publication.Published.class::isInstance)
        .map(p -> ((Publication.Published) p).item().replaceFirst(".*/", ""))
        .toList();
  }

  List<Publication.Refused> refused() {
    return publications.stream()
        .filter(Publication.Refused.class::isInstance)
        .map(p -> (Publication.Refused) p)
        .toList();
  }

  @Override
  public Optional<Instant> cursor() {
    return cursor;
  }

  @Override
  public Optional<Publication.AlreadyPublished> find(String item, String fingerprint) {
    return Optional.ofNullable(known.get(item))
        .filter(offer -> offer.fingerprint().equals(fingerprint))
        .map(offer -> new Publication.AlreadyPublished(item));
  }

  @Override
  public List<Publication> publish(FeedPage page) {
    List<Publication> fresh = new ArrayList<>();
    for (Offer offer : page.offers()) {
      if (find(offer.item(), offer.fingerprint()).isEmpty() && room > 0) {
        room--;
        known.put(offer.item(), offer);
        Offer.Content content = offer.content().get();
        fresh.add(
            content instanceof Offer.Content.Unusable u
                ? new Publication.Refused(offer.item(), u.reason(), u.message())
                : new Publication.Published(
                    ((Offer.Content.Usable) content).acquisition().getSource().getAcquisitionId(),
                    offer.item()));
      }
    }
    publications.addAll(fresh);
    page.advance()
        .filter(a -> room > 0)
        .ifPresent(
            advance -> {
              cursor = Optional.of(advance.cursor());
              known
                  .values()
                  .removeIf(
                      o -> o.time().map(t -> t.isBefore(advance.forgetBefore())).orElse(false));
            });
    return fresh;
  }

  @Override
  public boolean hasRoom() {
    return room > 0;
  }

  @Override
  public void backlog(long items) {
    backlog = items;
  }
}
