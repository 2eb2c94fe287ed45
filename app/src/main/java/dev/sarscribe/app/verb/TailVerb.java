package dev.sarscribe.app.verb;

import dev.sarscribe.app.report.Json;
import dev.sarscribe.app.report.Prose;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.CorpusRecord;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints corpus records as they arrive. */
@Command(
    name = "tail",
    mixinStandardHelpOptions = true,
    header = "Print corpus records as they arrive.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe tail --from-beginning --limit 3",
      "  sarscribe tail --json | jq -r .conciseCaption.text"
    })
public final class TailVerb implements Callable<Integer> {
  @Option(names = "--json", description = "One JSON object per record, without its image.")
  private boolean json;

  @Option(names = "--with-image", description = "With --json: the PNG too, in base64.")
  private boolean withImage;

  @Option(names = "--from-beginning", description = "Print what is there before what comes.")
  private boolean fromBeginning;

  @Option(names = "--limit", paramLabel = "N", description = "End after N records.")
  private long limit = Long.MAX_VALUE;

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more");
    }
    PrintWriter out = spec.commandLine().getOut();
    long[] left = {limit};
    var start = fromBeginning ? TopicReader.Start.BEGINNING : TopicReader.Start.END;
    try (var reader = new TopicReader<>(kafka.interactive(), Topics.CORPUS, start)) {
      // A reader that went away (head, jq) shows as an error of the stream.
      while (left[0] > 0 && !out.checkError()) {
        reader.poll(
            record -> {
              if (left[0] > 0) {
                left[0]--;
                out.println(render(record));
              }
            });
      }
    }
    return 0;
  }

  private String render(CorpusRecord record) {
    if (!json) {
      return Prose.describe(record);
    }
    return Json.line(withImage ? Json.of(record) : Json.of(record, "image"));
  }
}
