package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.Tile;
import dev.sarscribe.schemas.avro.TileOutcome;
import dev.sarscribe.schemas.avro.TileStatus;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class BatchCaptionerTest {
  private final FakeCaptioner captioner = new FakeCaptioner();
  private final CaptionStats stats = new CaptionStats();
  private final BatchCaptioner batches =
      new BatchCaptioner(
          captioner,
          FakeCaptioner.PROMPTS,
          new CorpusRecords(
              captioner.model(), FakeCaptioner.PROMPTS, "1.0", new MinConfidence(0.5, 0.5)),
          stats);

  @Test
  void aDescribedTileBecomesARecordWithItsImageAndProvenance() throws IOException {
    CorpusRecord record = caption("0_0").corpus().get(0);

    assertThat(record.getConciseCaption().getText()).isEqualTo("A caption of acq/VV/0_0.");
    assertThat(record.getProvenance().getModelDigest()).isEqualTo("sha256:00");
    assertThat(record.getProvenance().getPromptSet()).isEqualTo("captions/1");
    assertThat(record.getProvenance().getSoftwareVersion()).isEqualTo("1.0");
    assertThat(record.getAccepted()).isTrue();
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(record.getImage().array()));
    byte[] pixels = (byte[]) image.getRaster().getDataElements(0, 0, Tiles.EDGE, Tiles.EDGE, null);
    assertThat(pixels).isEqualTo(Tiles.tile(0, "0_0").getPixels().array());
  }

  @Test
  void aBatchThatTheEngineFailsIsHalvedUntilOneTileIsLeftToBlame() {
    BatchResult result = caption("a", "b", "engine-fails", "d", "e");

    assertThat(captioner.batchSizes).containsExactly(5, 2, 3, 1, 2);
    assertThat(result.corpus()).hasSize(4);
    assertThat(result.letters())
        .extracting(DeadLetter::getScene, DeadLetter::getReason, DeadLetter::getMessage)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "acq/VV/engine-fails", "ENGINE_FAILED", "the engine fails"));
    assertThat(result.progress()).hasSize(1);
    assertThat(result.progress().get(0).getOutcomes())
        .extracting(TileOutcome::getStatus)
        .containsExactly(
            TileStatus.CAPTIONED,
            TileStatus.CAPTIONED,
            TileStatus.REJECTED,
            TileStatus.CAPTIONED,
            TileStatus.CAPTIONED);
  }

  @Test
  void anEngineOutOfMemoryIsAnEngineThatFailed() {
    BatchResult result = caption("a", "out-of-memory");

    assertThat(result.corpus()).hasSize(1);
    assertThat(result.letters()).extracting(DeadLetter::getReason).containsExactly("ENGINE_FAILED");
  }

  @Test
  void aTileThatTheModelRefusesIsADeadLetterWithTheModelsReason() {
    BatchResult result = caption("refused");

    assertThat(result.letters().get(0).getReason()).isEqualTo("MODEL_REFUSED");
    assertThat(result.letters().get(0).getMessage()).isEqualTo("the model refuses");
    assertThat(result.progress().get(0).getOutcomes().get(0).getReason())
        .isEqualTo("CAPTION_FAILED");
  }

  @Test
  void aMalformedRecordIsADeadLetterWithItsBytesAndNoFactForProgress() {
    byte[] junk = {1, 2, 3};
    BatchResult result =
        batches.caption(List.of(Fetched.of(Tiles.record(4, "junk", junk), Tiles.WIRE)));

    assertThat(captioner.batchSizes).isEmpty();
    DeadLetter letter = result.letters().get(0);
    assertThat(letter.getReason()).isEqualTo("MALFORMED_RECORD");
    assertThat(letter.getOffset()).isEqualTo(4);
    assertThat(letter.getValue().array()).isEqualTo(junk);
    assertThat(result.progress()).isEmpty();
  }

  @Test
  void aTileWhosePixelsDoNotFillItsWindowIsRefusedAndCounted() {
    Tile tile =
        Tile.newBuilder(Tiles.tile(3, "short")).setPixels(ByteBuffer.wrap(new byte[7])).build();
    byte[] value = Tiles.WIRE.encode(Topics.TILES, tile);
    BatchResult result =
        batches.caption(List.of(Fetched.of(Tiles.record(0, "short", value), Tiles.WIRE)));

    assertThat(result.letters().get(0).getReason()).isEqualTo("INVALID_TILE");
    assertThat(result.progress().get(0).getOutcomes().get(0).getTileIndex()).isEqualTo(3);
  }

  @Test
  void recordsOfLowQualityAreKeptFlaggedAndNotAccepted() {
    List<CorpusRecord> corpus = caption("unsure", "silent", "half").corpus();

    assertThat(corpus).extracting(CorpusRecord::getAccepted).containsOnly(false);
    assertThat(corpus)
        .extracting(CorpusRecord::getFlags)
        .containsExactly(
            List.of("LOW_CONFIDENCE_CAPTION"),
            List.of("EMPTY_CAPTION"),
            List.of("LOW_VALID_FRACTION"));
  }

  @Test
  void anAnswerBelowItsThresholdIsKeptAndFlaggedOnItsOwn() {
    CorpusRecord record = caption("asked").corpus().get(0);

    assertThat(record.getAnswers())
        .extracting(Answer::getAnswer, Answer::getLowConfidence)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("1", false),
            org.assertj.core.groups.Tuple.tuple("2", true));
    assertThat(record.getAccepted()).isTrue();
  }

  @Test
  void aThresholdThatIsNoProbabilityIsRefused() {
    assertThatThrownBy(() -> new MinConfidence(0.3, 1.5))
        .hasMessageContaining("answer")
        .hasMessageContaining("1.5");
    assertThatThrownBy(() -> new MinConfidence(Double.NaN, 0.5)).hasMessageContaining("caption");
  }

  private BatchResult caption(String... names) {
    List<Fetched> batch = new ArrayList<>();
    for (String name : names) {
      batch.add(Fetched.of(Tiles.record(batch.size(), name), Tiles.WIRE));
    }
    return batches.caption(batch);
  }
}
