package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which tiles a recaption does, by what the corpus says of them; all that is given must hold.
 *
 * @param acquisition id of an acquisition, or its product's
 * @param olderThanModel only records by a model of a lower version; versions are compared number by
 *     number
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

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

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

  /** 0.9.1 is lower than 0.10; a part that is no number is compared as text, a missing one is 0. */
  static int compareVersions(String a, String b) {
    String[] left = a.split("[.+-]");
    String[] right = b.split("[.+-]");
    for (int i = 0; i < Math.max(left.length, right.length); i++) {
      String l = i < left.length ? left[i] : "0";
      String r = i < right.length ? right[i] : "0";
      boolean numbers = NUMBER.matcher(l).matches() && NUMBER.matcher(r).matches();
      int order =
          numbers ? Integer.compare(Integer.parseInt(l), Integer.parseInt(r)) : l.compareTo(r);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
