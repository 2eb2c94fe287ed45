package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import java.lang.module.ModuleDescriptor.Version;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which tiles a recaption does, by what the corpus says of them; all that is given must hold.
 *
 * @param acquisition id of an acquisition, or its product's
 * @param olderThanModel only records by a model of a lower version; versions are compared number by
 *     number, and one before a release is lower than it
 * @param modelVersionNot only records by a model of any other version
 * @param lowConfidence only records whose caption or one of whose answers is flagged as uncertain
 */
public record RecaptionFilter(
    Optional<String> acquisition,
    Optional<String> olderThanModel,
    Optional<String> modelVersionNot,
    boolean lowConfidence) {
  /** Every tile. */
  public static final RecaptionFilter ALL =
      new RecaptionFilter(Optional.empty(), Optional.empty(), Optional.empty(), false);

  /** More digits than an int holds: Java would read another number. */
  private static final Pattern TOO_LONG = Pattern.compile(".*[0-9]{10}.*");

  /** Whether a tile can match that has no record yet. */
  boolean matchesWithoutRecord() {
    return olderThanModel.isEmpty() && modelVersionNot.isEmpty() && !lowConfidence;
  }

  boolean matches(AcquisitionSource source) {
    return acquisition
        .map(id -> id.equals(source.getAcquisitionId()) || id.equals(source.getProductId()))
        .orElse(true);
  }

  boolean matches(CorpusRecord record) {
    String version = record.getProvenance().getModelVersion();
    return matches(record.getSource())
        && olderThanModel.map(limit -> compareVersions(version, limit) < 0).orElse(true)
        && modelVersionNot.map(other -> !version.equals(other)).orElse(true)
        && (!lowConfidence || isUncertain(record));
  }

  private static boolean isUncertain(CorpusRecord record) {
    return record.getFlags().contains(Quality.LOW_CONFIDENCE_CAPTION)
        || record.getAnswers().stream().anyMatch(Answer::getLowConfidence);
  }

  /**
   * Compares versions as Java compares those of modules: 0.9.1 is lower than 0.10, 1.0 is 1.0.0,
   * and 1.0-rc1 is lower than 1.0. What follows a {@code +} names a build and does not count.
   * Versions that do not start with a number, a {@code v} before it aside, or hold one of more than
   * nine digits are compared as text.
   */
  static int compareVersions(String a, String b) {
    Optional<Version> left = parse(a);
    Optional<Version> right = parse(b);
    return left.isPresent() && right.isPresent()
        ? left.orElseThrow().compareTo(right.orElseThrow())
        : a.compareTo(b);
  }

  private static Optional<Version> parse(String text) {
    // Java takes a build that follows the number at once for a version before the release.
    String bare = text.replaceFirst("^[vV](?=[0-9])", "").replaceFirst("\\+.*$", "");
    if (TOO_LONG.matcher(bare).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Version.parse(bare));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
