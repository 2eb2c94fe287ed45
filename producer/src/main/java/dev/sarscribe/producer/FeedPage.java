package dev.sarscribe.producer;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * Items found together, published together.
 *
 * @param offers in the order of publication; of two with one name the last counts
 * @param advance how far the place is read once these are published; empty if that is not known
 */
public record FeedPage(List<Offer> offers, Optional<Advance> advance) {
  public FeedPage {
    offers = List.copyOf(offers);
  }

  /**
   * A step of the feed's cursor.
   *
   * @param cursor everything up to here is offered; whole seconds
   * @param forgetBefore the feed never asks again for items whose time is before this, so that
   *     their bookmarks are removed; whole seconds
   */
  public record Advance(Instant cursor, Instant forgetBefore) {
    public Advance {
      // A fraction would be lost on the topic, and an item at the edge with it.
      cursor = cursor.truncatedTo(ChronoUnit.SECONDS);
      forgetBefore = forgetBefore.truncatedTo(ChronoUnit.SECONDS);
      if (forgetBefore.isAfter(cursor)) {
        throw new IllegalArgumentException("a feed cannot forget what it has not read");
      }
    }
  }

  /** Items after which the place is not known to be read completely. */
  public static FeedPage of(List<Offer> offers) {
    return new FeedPage(offers, Optional.empty());
  }
}
