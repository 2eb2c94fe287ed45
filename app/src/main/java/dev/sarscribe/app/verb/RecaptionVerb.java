package dev.sarscribe.app.verb;

import dev.sarscribe.stream.caption.Recaption;
import dev.sarscribe.stream.caption.RecaptionFilter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Captions tiles again and replaces their corpus records. */
@Command(
    name = "recaption",
    mixinStandardHelpOptions = true,
    header = "Caption tiles again with another model, and replace their records in the corpus.",
    description = {
      "Takes the tiles that are there when it starts through the model, replaces their records by",
      "key, and ends. Tiles whose record is by the same model, precision and prompt set already are",
      "skipped. Interrupted, the same command goes on where it was. Progress counts a tile once,",
      "however often it is captioned.",
      "",
      "Tiles are kept for some days; --from corpus takes the images of the corpus itself, which",
      "never expire. It may run beside the feed: a record that is written after its start is newer",
      "than what it has read, so it is kept, and the tile is counted as captioned by others."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe recaption --model models/next",
      "  sarscribe recaption --from corpus --older-than-model 0.4 --low-confidence"
    })
public final class RecaptionVerb implements Callable<Integer> {
  @Option(
      names = "--from",
      paramLabel = "tiles|corpus",
      defaultValue = "tiles",
      description = "Where the pixels come from (default: ${DEFAULT-VALUE}).")
  private Recaption.From from = Recaption.From.TILES;

  @Option(
      names = "--acquisition",
      paramLabel = "ID",
      description = "Only tiles of this acquisition or product.")
  private String acquisition;

  @Option(
      names = "--older-than-model",
      paramLabel = "VERSION",
      description = "Only records by a model of a lower version.")
  private String olderThanModel;

  @Option(
      names = "--model-version-not",
      paramLabel = "VERSION",
      description = "Only records by a model of another version.")
  private String modelVersionNot;

  @Option(
      names = "--low-confidence",
      description = "Only records whose caption or one of whose answers is flagged as uncertain.")
  private boolean lowConfidence;

  @Option(
      names = "--force",
      description = "Also records by the same model, precision and prompt set.")
  private boolean force;

  @Mixin private ModelOptions model;
  @Mixin private CaptionStageOptions stage;
  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    var filter =
        new RecaptionFilter(
            Optional.ofNullable(acquisition),
            Optional.ofNullable(olderThanModel),
            Optional.ofNullable(modelVersionNot),
            lowConfidence);
    var task = new Recaption.Task(from, filter, force);
    return new StageRuns(spec.commandLine().getOut()).recaption(kafka, model, stage, task);
  }
}
