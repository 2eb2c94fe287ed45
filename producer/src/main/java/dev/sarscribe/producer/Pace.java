package dev.sarscribe.producer;

import java.util.List;

/** How much a feed may publish at a time. Used by the thread that polls. */
public interface Pace {
  /** As much as there is. */
  Pace UNLIMITED =
      new Pace() {
        @Override
        public int awaitRoom() {
          return Integer.MAX_VALUE;
        }

        @Override
        public void published(List<Publication> publications) {}
      };

  /**
   * Waits until something may be published.
   *
   * @return how many acquisitions, at least one
   * @throws InterruptedException if the feed is to end
   */
  int awaitRoom() throws InterruptedException;

  /** Tells what was published. */
  void published(List<Publication> publications);
}
