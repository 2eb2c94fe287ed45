package dev.sarscribe.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.GeneratedText;
import dev.sarscribe.schemas.avro.Provenance;
import dev.sarscribe.schemas.avro.TileGeometry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
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

  private static Answer answer(String text, double confidence, boolean low) {
    return new Answer("INSTANCE_COUNTING", "ships", "How many ships?", text, confidence, low);
  }

  private static CorpusRecord recordWith(Answer... answers) {
    GeneratedText caption = new GeneratedText("Open water.", 0.8);
    return CorpusRecord.newBuilder()
        .setTileId("acq/VV/0_0")
        .setSource(
            AcquisitionSource.newBuilder().setAcquisitionId("acq").setProductId("acq").build())
        .setPolarization("VV")
        .setGeometry(TileGeometry.newBuilder().setX(0).setY(0).setWidth(512).setHeight(512).build())
        .setImage(ByteBuffer.allocate(0))
        .setValidFraction(1)
        .setConciseCaption(caption)
        .setDetailedCaption(caption)
        .setAnswers(List.of(answers))
        .setObjects(List.of())
        .setFlags(List.of())
        .setProvenance(
            Provenance.newBuilder()
                .setModelName("m")
                .setModelVersion("1")
                .setModelDigest("d")
                .setEngine("e")
                .setDevice("cpu")
                .setPrecision("fp32")
                .setPromptSet("p/1")
                .setRecipe("r/1")
                .setRecipeParameters("")
                .setSoftwareVersion("1")
                .setTime(Instant.EPOCH)
                .build())
        .setAccepted(true)
        .build();
  }
}
