package dev.sarscribe.stream.tiling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.ReprocessedPolicy;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannedProductTest {
  private static final Instant T1 = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant T2 = Instant.parse("2026-01-02T00:00:00Z");

  private static PlannedProduct product(
      String id, Instant processed, String version, Instant published) {
    return new PlannedProduct(
        id,
        "digest",
        Optional.ofNullable(processed),
        Optional.ofNullable(version),
        Optional.ofNullable(published));
  }

  private static boolean replaces(PlannedProduct offered, PlannedProduct planned) {
    return planned.isReplacedBy(offered, ReprocessedPolicy.NEWEST);
  }

  @Test
  void theTimeOfProcessingDecidesBeforeAnythingElse() {
    PlannedProduct planned = product("A", T1, "3.9", T1);

    assertThat(replaces(product("B", T2, "3.1", T1), planned)).isTrue();
    assertThat(replaces(product("B", T1, "4.0", T2), planned)).isFalse();
    assertThat(replaces(product("B", T1.minusSeconds(1), "4.0", T2), planned)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "003.71, 003.80, true",
    "3.9, 3.10, true",
    "3.10, 3.9, false",
    "IPF 3.1, IPF 3.1.1, true",
    "3.1, 99999999999999999999999, true"
  })
  void theVersionDecidesWhereTheTimeIsNotKnown(String planned, String offered, boolean newer) {
    assertThat(replaces(product("B", null, offered, T1), product("A", T1, planned, T2)))
        .isEqualTo(newer);
  }

  @Test
  void theTimeOfPublicationDecidesLast() {
    assertThat(replaces(product("B", null, "3.1", T2), product("A", null, "3.1", T1))).isTrue();
    assertThat(replaces(product("B", null, null, T1), product("A", null, null, T1))).isFalse();
    assertThat(replaces(product("B", null, null, T1), product("A", null, null, null))).isFalse();
  }

  @Test
  void theSameProductIsReplacedOnlyByContentThatIsKnownToDiffer() {
    PlannedProduct planned = product("A", T1, null, T1);

    assertThat(replaces(withDigest("other"), planned)).isTrue();
    assertThat(replaces(withDigest("digest"), planned)).isFalse();
    assertThat(replaces(withDigest(""), planned)).isFalse();
    assertThat(replaces(planned, withDigest(""))).isFalse();
  }

  private static PlannedProduct withDigest(String digest) {
    return new PlannedProduct("A", digest, Optional.of(T2), Optional.empty(), Optional.of(T2));
  }

  @Test
  void aFeedThatSkipsKeepsTheFirstProduct() {
    PlannedProduct planned = product("A", T1, null, T1);

    assertThat(planned.isReplacedBy(product("B", T2, null, T2), ReprocessedPolicy.SKIP)).isFalse();
  }

  @Test
  void whatIsStoredIsReadAgain() {
    PlannedProduct full = product("A B", T1, "3.9", T2);
    PlannedProduct bare = product("A\nB", null, null, null);

    assertThat(PlannedProduct.parse(full.stored())).isEqualTo(full);
    assertThat(PlannedProduct.parse(bare.stored())).isEqualTo(bare);
    assertThat(PlannedProduct.parse("A B digest")).isEqualTo(product("A B", null, null, null));
    assertThat(PlannedProduct.parse("A ").digest()).isEmpty();
  }
}
