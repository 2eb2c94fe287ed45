package dev.sarscribe.stream.tiling;

import java.time.Duration;

/**
 * How long a record whose errand failed for a reason that can heal is kept before it becomes a dead
 * letter. Each try is itself several attempts of the client.
 *
 * @param tries in all, at least 1
 * @param first wait after the first; doubles with each
 */
record Patience(int tries, Duration first) {
  /** A quarter of an hour: an archive restarts, a name server comes back. */
  static final Patience DEFAULT = new Patience(6, Duration.ofSeconds(30));

  /** Whether there is another try after so many. */
  boolean permits(int done) {
    return done < tries;
  }

  long waitMs(int done) {
    return first.toMillis() << Math.min(done - 1, 16);
  }
}
