package dev.sarscribe.app.report;

import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.GeneratedText;
import dev.sarscribe.schemas.avro.Provenance;
import dev.sarscribe.schemas.avro.TileGeometry;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;

/** Corpus records as reports show them. */
final class Records {
  private Records() {}

  static Answer answer(String text, double confidence, boolean low) {
    return new Answer("INSTANCE_COUNTING", "ships", "How many ships?", text, confidence, low);
  }

  static CorpusRecord recordWith(Answer... answers) {
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
