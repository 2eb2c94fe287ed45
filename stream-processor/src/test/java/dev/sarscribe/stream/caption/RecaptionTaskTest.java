package dev.sarscribe.stream.caption;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.ModelInfo;
import dev.sarscribe.captioner.Outcome;
import dev.sarscribe.captioner.PromptSet;
import dev.sarscribe.captioner.Text;
import dev.sarscribe.schemas.avro.CorpusRecord;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecaptionTaskTest {
  private static final ModelInfo MODEL = model("sha256:1", "cpu", "fp32");
  private static final PromptSet PROMPTS = FakeCaptioner.PROMPTS;
  private static final PromptSet OTHER_PROMPTS = new PromptSet("other", "1", true, List.of());
  private static final Recaption.Task TASK = task(Recaption.From.TILES, false);

  @Test
  void aRecordBySameModelPrecisionAndPromptSetIsDoneWhereverItWasComputed() {
    assertThat(TASK.isDone(recordBy(MODEL), MODEL, PROMPTS)).isTrue();
    assertThat(TASK.isDone(recordBy(model("sha256:1", "cuda:0", "fp32")), MODEL, PROMPTS)).isTrue();
  }

  @Test
  void aRecordByAnotherModelPrecisionOrPromptSetIsNotDoneNorIsAnyByForce() {
    assertThat(TASK.isDone(recordBy(model("sha256:2", "cpu", "fp32")), MODEL, PROMPTS)).isFalse();
    assertThat(TASK.isDone(recordBy(model("sha256:1", "cpu", "int8")), MODEL, PROMPTS)).isFalse();
    assertThat(TASK.isDone(recordBy(MODEL), MODEL, OTHER_PROMPTS)).isFalse();
    assertThat(task(Recaption.From.TILES, true).isDone(recordBy(MODEL), MODEL, PROMPTS)).isFalse();
  }

  @Test
  void onlyTheSameTaskBySameModelPrecisionAndPromptSetGoesOnWhereOneWasInterrupted() {
    assertThat(
            List.of(
                TASK.id(MODEL, PROMPTS),
                TASK.id(model("sha256:2", "cpu", "fp32"), PROMPTS),
                TASK.id(model("sha256:1", "cpu", "int8"), PROMPTS),
                TASK.id(MODEL, OTHER_PROMPTS),
                task(Recaption.From.CORPUS, false).id(MODEL, PROMPTS),
                task(Recaption.From.TILES, true).id(MODEL, PROMPTS)))
        .doesNotHaveDuplicates()
        .allSatisfy(id -> assertThat(id).hasSize(12));
    assertThat(task(Recaption.From.TILES, false).id(model("sha256:1", "cuda:0", "fp32"), PROMPTS))
        .isEqualTo(TASK.id(MODEL, PROMPTS));
  }

  private static Recaption.Task task(Recaption.From from, boolean force) {
    return new Recaption.Task(from, RecaptionFilter.ALL, force);
  }

  private static ModelInfo model(String digest, String device, String precision) {
    return new ModelInfo("m", "1", digest, "fake", device, precision);
  }

  private static CorpusRecord recordBy(ModelInfo model) {
    var records = new CorpusRecords(model, PROMPTS, "1.0", new MinConfidence(0.5, 0.5));
    var ready = (Fetched.Ready) Fetched.ofTile(Tiles.record(0, "0_0"), Tiles.WIRE);
    var text = Optional.of(new Text("A caption.", 0.9));
    return records.of(ready, new Outcome.Described(text, text, List.of(), List.of()));
  }
}
