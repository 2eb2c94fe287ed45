package dev.sarscribe.stream.caption;

import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.imagery.picture.PngCodec;
import dev.sarscribe.schemas.avro.Answer;
import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DetectedObject;
import dev.sarscribe.schemas.avro.GeneratedText;
import dev.sarscribe.schemas.avro.Provenance;
import dev.sarscribe.schemas.avro.Tile;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Puts a described tile and its provenance into a corpus record.
 *
 * @param model what produced the texts
 * @param prompts what was asked
 * @param softwareVersion version of this program
 * @param minConfidence below which texts are flagged
 */
record CorpusRecords(
    ModelInfo model, PromptSet prompts, String softwareVersion, MinConfidence minConfidence) {

  /** The same by another model. */
  CorpusRecords by(ModelInfo other) {
    return new CorpusRecords(other, prompts, softwareVersion, minConfidence);
  }

  CorpusRecord of(Fetched.Ready ready, Outcome.Described described) {
    Tile tile = ready.tile();
    List<String> flags = Quality.flags(tile, described, prompts, minConfidence.caption());
    return CorpusRecord.newBuilder()
        .setTileId(tile.getTileId())
        .setSource(tile.getSource())
        .setPolarization(tile.getPolarization())
        .setGeometry(tile.getGeometry())
        .setImage(ByteBuffer.wrap(PngCodec.encode(ready.image())))
        .setValidFraction(tile.getValidFraction())
        .setConciseCaption(text(described.concise()))
        .setDetailedCaption(text(described.detailed()))
        .setAnswers(described.answers().stream().map(this::answer).toList())
        .setObjects(described.objects().stream().map(CorpusRecords::object).toList())
        .setProvenance(provenance(tile))
        .setAccepted(flags.isEmpty())
        .setFlags(flags)
        .build();
  }

  private Provenance provenance(Tile tile) {
    return Provenance.newBuilder()
        .setModelName(model.name())
        .setModelVersion(model.version())
        .setModelDigest(model.digest())
        .setEngine(model.engine())
        .setDevice(model.device())
        .setPrecision(model.precision())
        .setPromptSet(prompts.id())
        .setRecipe(tile.getRecipe())
        .setRecipeParameters(tile.getRecipeParameters())
        .setSoftwareVersion(softwareVersion)
        .setTime(Instant.now())
        .build();
  }

  /** A caption that was not asked for is an empty text without confidence. */
  private static GeneratedText text(Optional<Text> text) {
    return text.map(t -> new GeneratedText(t.text(), t.confidence()))
        .orElseGet(() -> new GeneratedText("", 0.0));
  }

  private Answer answer(dev.sarscribe.captioner.Answer a) {
    return new Answer(
        a.question().application().name(),
        a.question().id(),
        a.question().text(),
        a.answer().text(),
        a.answer().confidence(),
        a.isLowConfidence(minConfidence.answer()));
  }

  private static DetectedObject object(dev.sarscribe.captioner.DetectedObject o) {
    return new DetectedObject(o.category(), o.score(), o.x(), o.y(), o.width(), o.height());
  }
}
