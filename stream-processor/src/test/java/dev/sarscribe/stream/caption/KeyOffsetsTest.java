package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOffsetsTest {
  @Test
  void itSaysWhatAMapSaysWhateverIsPutAndRemoved() {
    var random = new Random(1);
    Map<String, Long> map = new HashMap<>();
    var offsets = new KeyOffsets();

    for (int i = 0; i < 100_000; i++) {
      String key = "acq/VV/" + random.nextInt(20_000);
      if (random.nextInt(3) == 0) {
        map.remove(key);
        offsets.remove(key);
      } else {
        map.put(key, (long) i);
        offsets.put(key, i);
      }
      assertThat(offsets.size()).isEqualTo(map.size());
    }

    for (int i = 0; i < 20_000; i++) {
      String key = "acq/VV/" + i;
      assertThat(offsets.get(key)).isEqualTo(map.getOrDefault(key, KeyOffsets.NONE));
    }
  }

  @Test
  void theOffsetsZeroAndVeryLargeAreKept() {
    var offsets = new KeyOffsets();
    offsets.put("zero", 0);
    offsets.put("large", Long.MAX_VALUE - 2);

    assertThat(offsets.get("zero")).isZero();
    assertThat(offsets.get("large")).isEqualTo(Long.MAX_VALUE - 2);
    assertThat(offsets.get("")).isEqualTo(KeyOffsets.NONE);
  }

  @Test
  void aKeyTakesAtMost64BytesAndWhatWasRemovedTakesNone() {
    var offsets = new KeyOffsets();
    int keys = 100_000;
    for (int i = 0; i < keys; i++) {
      offsets.put("a key of any length ".repeat(9) + i, i);
    }
    assertThat(offsets.bytes()).isLessThanOrEqualTo(64L * keys);

    var few = new KeyOffsets();
    for (int i = 0; i < keys; i++) {
      few.put("key " + i, i);
      few.remove("key " + i);
    }
    assertThat(few.size()).isZero();
    assertThat(few.bytes()).isEqualTo(new KeyOffsets().bytes());
  }
}
