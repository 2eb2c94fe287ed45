package dev.sarscribe.stream.tiling;

import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.Asset;
import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which product of an acquisition was planned, and what tells whether another is better.
 *
 * @param digest of its pixels' files as published; empty if none was
 * @param processedAt when it was processed
 * @param version of its processor
 * @param publishedAt when its feed published it
 */
record PlannedProduct(
    String productId,
    String digest,
    Optional<Instant> processedAt,
    Optional<String> version,
    Optional<Instant> publishedAt) {
  /** Begins a stored value; one from before this form is a product id, a space and a digest. */
  private static final String FORM = "product/2";

  private static final String SEPARATOR = "\n";

  PlannedProduct {
    productId = oneLine(productId);
    digest = oneLine(digest);
    version = version.map(PlannedProduct::oneLine);
  }

  static PlannedProduct of(Acquisition acquisition) {
    var source = acquisition.getSource();
    return new PlannedProduct(
        source.getProductId(),
        digest(acquisition),
        Optional.ofNullable(source.getProcessedAt()),
        Optional.ofNullable(source.getProcessingVersion()),
        Optional.of(acquisition.getPublishedAt()));
  }

  /** Reads a stored value, of this form or of the one before. */
  static PlannedProduct parse(String stored) {
    String[] lines = stored.split(SEPARATOR, -1);
    if (lines.length == 6 && lines[0].equals(FORM)) {
      return new PlannedProduct(
          lines[1],
          lines[2],
          instant(lines[3]),
          Optional.of(lines[4]).filter(v -> !v.isEmpty()),
          instant(lines[5]));
    }
    int space = stored.lastIndexOf(' ');
    return new PlannedProduct(
        stored.substring(0, Math.max(0, space)),
        stored.substring(space + 1),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  String stored() {
    return String.join(
        SEPARATOR,
        FORM,
        productId,
        digest,
        processedAt.map(Instant::toString).orElse(""),
        version.orElse(""),
        publishedAt.map(Instant::toString).orElse(""));
  }

  /**
   * Whether a product that is offered is planned although this one was. The same product is, if its
   * content differs: its first form was incomplete or damaged. Another product is, if the feed
   * wants the newest and it was processed later; where that is not known, if its processor is
   * newer; where that is the same or not known, if it was published later.
   */
  boolean isReplacedBy(PlannedProduct offered, ReprocessedPolicy policy) {
    if (productId.equals(offered.productId())) {
      // Without a digest on either side nothing says that the content differs.
      return !digest.isEmpty() && !offered.digest().isEmpty() && !digest.equals(offered.digest());
    }
    if (policy == ReprocessedPolicy.SKIP) {
      return false;
    }
    if (processedAt.isPresent() && offered.processedAt().isPresent()) {
      return offered.processedAt().get().isAfter(processedAt.get());
    }
    if (version.isPresent() && offered.version().isPresent()) {
      int newer = compareVersions(offered.version().get(), version.get());
      if (newer != 0) {
        return newer > 0;
      }
    }
    return publishedAt.isPresent()
        && offered.publishedAt().map(t -> t.isAfter(publishedAt.get())).orElse(false);
  }

  /** By the numbers in them, 3.9 before 3.10; what follows the same numbers by its letters. */
  private static int compareVersions(String one, String other) {
    List<Long> a = numbers(one);
    List<Long> b = numbers(other);
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      int order = Long.compare(i < a.size() ? a.get(i) : 0, i < b.size() ? b.get(i) : 0);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static List<Long> numbers(String version) {
    List<Long> numbers = new ArrayList<>();
    for (String word : version.split("\\D+")) {
      if (!word.isEmpty()) {
        numbers.add(Long.valueOf(word.substring(Math.max(0, word.length() - 18))));
      }
    }
    return numbers;
  }

  /** What tells the content of the pixels' files from another: their digests or checksums. */
  private static String digest(Acquisition acquisition) {
    return PixelAssets.of(acquisition).stream()
        .map(PlannedProduct::digest)
        .filter(Objects::nonNull)
        .sorted()
        .collect(Collectors.joining(","));
  }

  /** Of one file; null if none was published. */
  static String digest(Asset asset) {
    return asset.getDigest() != null ? asset.getDigest() : asset.getChecksum();
  }

  private static Optional<Instant> instant(String text) {
    try {
      return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\r\\n]", " ");
  }
}
