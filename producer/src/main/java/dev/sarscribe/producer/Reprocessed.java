package dev.sarscribe.producer;

/** What becomes of another product of an acquisition that is known already. */
public enum Reprocessed {
  /** It is dropped: the first product of an acquisition stays. */
  SKIP,

  /** It replaces the first if it was processed later. */
  NEWEST,

  /** Each product is an acquisition of its own, named by its full product id. */
  ALL
}
