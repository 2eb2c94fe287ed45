package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.captioner.Outcome;
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

class ResultMakerTest {
  private final FakeCaptioner captioner = new FakeCaptioner();
  private final ResultMaker maker =
      new ResultMaker(
          new CorpusRecords(
              captioner.model(), FakeCaptioner.PROMPTS, "1.0", new MinConfidence(0.5, 0.5)));

  @Test
  void aDescribedTileBecomesARecordWithItsImageAndProvenance() throws Exception {
    CorpusRecord record = caption("0_0").corpus().get(0);

    assertThat(record.getConciseCaption().getText()).isEqualTo("A caption of acq/VV/0_0.");
    assertThat(record.getProvenance().getModelDigest()).isEqualTo("sha256:00");
    assertThat(record.getProvenance().getPromptSet()).isEqualTo("captions/1");
    assertThat(record.getProvenance().getSoftwareVersion()).isEqualTo("1.0");
    assertThat(record.getAccepted()).isTrue();
    assertThat(pixels(record)).isEqualTo(Tiles.tile(0, "0_0").getPixels().array());
  }

  @Test
  void eachTileIsToldToProgressInOneFactOfItsAcquisition() throws Exception {
    BatchResult result = caption("a", "refused", "c");

    assertThat(result.corpus()).hasSize(2);
    assertThat(result.progress()).hasSize(1);
    assertThat(result.progress().get(0).getOutcomes())
        .extracting(TileOutcome::getStatus)
        .containsExactly(TileStatus.CAPTIONED, TileStatus.REJECTED, TileStatus.CAPTIONED);
  }

  @Test
  void aTileThatTheModelRefusesIsADeadLetterWithTheModelsReason() throws Exception {
    BatchResult result = caption("refused");

    assertThat(result.letters().get(0).getReason()).isEqualTo("MODEL_REFUSED");
    assertThat(result.letters().get(0).getMessage()).isEqualTo("the model refuses");
    assertThat(result.progress().get(0).getOutcomes().get(0).getReason())
        .isEqualTo("CAPTION_FAILED");
  }

  @Test
  void aMalformedRecordIsADeadLetterWithItsBytesAndNoFactForProgress() {
    byte[] junk = {1, 2, 3};

    BatchResult result = refuse(Fetched.ofTile(Tiles.record(4, "junk", junk), Tiles.WIRE));

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

    BatchResult result = refuse(Fetched.ofTile(Tiles.record(0, "short", value), Tiles.WIRE));

    assertThat(result.letters().get(0).getReason()).isEqualTo("INVALID_TILE");
    assertThat(result.progress().get(0).getOutcomes().get(0).getTileIndex()).isEqualTo(3);
  }

  @Test
  void recordsOfLowQualityAreKeptFlaggedAndNotAccepted() throws Exception {
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
  void anAnswerBelowItsThresholdIsKeptAndFlaggedOnItsOwn() throws Exception {
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

  private BatchResult refuse(Fetched unusable) {
    return BatchResult.of(List.of(maker.of((Fetched.Unusable) unusable)), true);
  }

  private BatchResult caption(String... names) throws Exception {
    List<TileResult> results = new ArrayList<>();
    for (String name : names) {
      var ready = (Fetched.Ready) Fetched.ofTile(Tiles.record(results.size(), name), Tiles.WIRE);
      Outcome outcome = captioner.caption(List.of(ready.image()), FakeCaptioner.PROMPTS).get(0);
      results.add(maker.of(ready, Verdict.of(outcome)));
    }
    return BatchResult.of(results, true);
  }

  private static byte[] pixels(CorpusRecord record) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(record.getImage().array()));
    return (byte[]) image.getRaster().getDataElements(0, 0, Tiles.EDGE, Tiles.EDGE, null);
  }
}
