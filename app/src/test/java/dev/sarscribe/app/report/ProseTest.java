package dev.sarscribe.app.report;

import static dev.sarscribe.app.report.Records.answer;
import static dev.sarscribe.app.report.Records.recordWith;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.CorpusRecord;
import org.junit.jupiter.api.Test;

class ProseTest {
  @Test
  void anAnswerBelowTheThresholdSaysThatItIsUnsure() {
    String text = Prose.describe(recordWith(answer("3", 0.9, false), answer("Unknown", 0.3, true)));

    assertThat(text.lines().filter(line -> line.contains("  A ")))
        .containsExactly("  A 3  [90 %]", "  A Unknown  [30 %]  unsure");
  }

  @Test
  void anUnknownConfidenceIsNotShownAndNullInJson() {
    CorpusRecord record = recordWith(answer("3", Double.NaN, false));

    assertThat(Prose.describe(record).lines()).contains("  A 3");
    assertThat(Json.line(Json.of(record))).contains("\"answer\":\"3\",\"confidence\":null");
  }
}
