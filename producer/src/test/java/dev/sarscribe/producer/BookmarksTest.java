package dev.sarscribe.producer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.FeedBookmark;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BookmarksTest {
  private static final Instant TIME = Instant.parse("2026-11-27T12:00:00Z");

  @Test
  void anItemIsKnownByItsFingerprintAndTellsItsAcquisitionWhereThatIsKept() {
    Bookmarks bookmarks = new Bookmarks(true);
    bookmarks.put(bookmark("a.tif", "1 byte", null));

    assertThat(bookmarks.find("a.tif", "1 byte"))
        .contains(new Publication.AlreadyPublished("id of a.tif"));
    assertThat(bookmarks.find("a.tif", "2 bytes")).isEmpty();
    assertThat(bookmarks.find("b.tif", "1 byte")).isEmpty();
  }

  @Test
  void whereIdsAreNotKeptTheItemStandsForThem() {
    Bookmarks bookmarks = new Bookmarks(false);
    bookmarks.put(bookmark("a", "1", null));
    bookmarks.put(bookmark("b", "1", TIME));

    assertThat(bookmarks.find("a", "1")).contains(new Publication.AlreadyPublished("a"));
    assertThat(bookmarks.find("b", "1")).contains(new Publication.AlreadyPublished("b"));
  }

  @Test
  void onlyItemsWithATimeBeforeAnInstantAreNamedForRemoval() {
    Bookmarks bookmarks = new Bookmarks(false);
    bookmarks.put(bookmark("without", "1", null));
    bookmarks.put(bookmark("before", "1", TIME.minusMillis(1)));
    bookmarks.put(bookmark("at", "1", TIME));

    assertThat(bookmarks.before(TIME, 10, Set.of())).containsExactly("before");
    assertThat(bookmarks.before(TIME.plusSeconds(1), 1, Set.of())).hasSize(1);
    assertThat(bookmarks.before(TIME, 10, Set.of("before"))).isEmpty();
    bookmarks.remove("before");
    assertThat(bookmarks.find("before", "1")).isEmpty();
    assertThat(bookmarks.size()).isEqualTo(2);
  }

  @Test
  void theCursorIsNoItem() {
    Bookmarks bookmarks = new Bookmarks(false);
    bookmarks.put(
        FeedBookmark.newBuilder(bookmark(Bookmarks.CURSOR, "", null)).setCursor(TIME).build());

    assertThat(bookmarks.cursor()).contains(TIME);
    assertThat(bookmarks.size()).isZero();
  }

  @Test
  void aMillionItemsFitIntoAQuarterOfAGibibyte() {
    Bookmarks bookmarks = new Bookmarks(false);
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    long before = runtime.totalMemory() - runtime.freeMemory();
    for (int i = 0; i < 1_000_000; i++) {
      bookmarks.put(bookmark("https://example.org/catalogue/items/" + i + ".json", "e" + i, null));
    }
    System.gc();
    long used = runtime.totalMemory() - runtime.freeMemory() - before;

    assertThat(bookmarks.size()).isEqualTo(1_000_000);
    assertThat(used).isLessThan(256L * 1024 * 1024);
  }

  private static FeedBookmark bookmark(String item, String fingerprint, Instant time) {
    return FeedBookmark.newBuilder()
        .setFeed("test")
        .setItem(item)
        .setFingerprint(fingerprint)
        .setAcquisitionId("id of " + item)
        .setTime(TIME)
        .setItemTime(time)
        .build();
  }
}
