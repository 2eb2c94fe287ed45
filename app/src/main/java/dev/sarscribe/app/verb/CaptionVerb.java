package dev.sarscribe.app.verb;

import dev.sarscribe.app.image.ImageAnswer;
import dev.sarscribe.app.image.ImageCaptions;
import dev.sarscribe.app.image.ImageRequest;
import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.report.Json;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.captioner.Captioner;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.EngineOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Captions image files; without any, runs the caption stage against a broker. */
@Command(
    name = "caption",
    mixinStandardHelpOptions = true,
    header = "Caption image files without Kafka, or run the caption stage on a broker.",
    description = {
      "With IMAGEs or --requests: describes PNG, JPEG and TIFF files and answers questions about",
      "them. With neither: takes tiles from the broker and adds records to the corpus until Ctrl-C;",
      "any number of such processes share the work.",
      "",
      "Each line of --requests is {\"image\": PATH, \"questions\": [TEXT, …]}. The answer holds just",
      "these questions; without questions, or with \"captions\": true, captions and the prompt set's",
      "questions too. A relative PATH starts from the folder of the requests file (of stdin: from",
      "the current one). A line that cannot be answered becomes {\"error\": …} in its place, and the",
      "exit code is 1 in the end."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe caption chip.png",
      "  sarscribe caption *.png --json --question \"How many ships are there?\"",
      "  sarscribe caption --requests test-set.jsonl > answers.jsonl",
      "  sarscribe caption chip.png --engine remote --endpoint http://localhost:8000/v1",
      "  sarscribe caption -b kafka:9092 --workers 8"
    })
public final class CaptionVerb implements Callable<Integer> {
  private static final String STDIN = "-";

  @Parameters(paramLabel = "IMAGE", arity = "0..*", description = "PNG, JPEG or TIFF file.")
  private List<Path> images = List.of();

  @Option(
      names = "--question",
      paramLabel = "TEXT",
      description = "Ask this about every IMAGE, beside the prompt set. Repeatable.")
  private List<String> questions = List.of();

  @Option(
      names = "--requests",
      paramLabel = "FILE.jsonl",
      description = "Images and questions, one JSON object per line; - for stdin.")
  private String requests;

  @Option(names = "--json", description = "One JSON object per image.")
  private boolean json;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "CPU threads of the engine for image files (default: all).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private ModelOptions model;
  @Mixin private CaptionStageOptions stage;
  @Mixin private KafkaOptions kafka;
  @Mixin private ObservationOptions observing;
  @Mixin private InstanceOption instance;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (requests != null && !images.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "name IMAGEs or --requests, not both");
    }
    if (requests == null && images.isEmpty()) {
      if (json || !questions.isEmpty()) {
        throw new ParameterException(spec.commandLine(), "name at least one IMAGE");
      }
      PrintWriter out = spec.commandLine().getOut();
      try (Observation observation = observing.open(out)) {
        return new StageRuns(out).caption(kafka, model, stage, instance.name(), observation);
      }
    }
    return captionFiles() == 0 ? 0 : 1;
  }

  private long captionFiles() throws CaptionerException, CommandFailedException, IOException {
    try (Captioner captioner = model.open(model.source(engineOptions()))) {
      var captions = new ImageCaptions(captioner, model.prompts(), this::print);
      captions.requireRoomFor(questions);
      if (requests == null) {
        for (Path image : images) {
          captions.offer(new ImageRequest(image.toString(), image, questions, false));
        }
      } else {
        offerRequests(captions);
      }
      return captions.finish();
    }
  }

  private void offerRequests(ImageCaptions captions) throws IOException, CaptionerException {
    if (requests.equals(STDIN)) {
      var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      captions.offerAll(in, Path.of(""));
      return;
    }
    Path file = Path.of(requests).toAbsolutePath();
    // As from standard input, a byte that is no UTF-8 spoils its own line and no other.
    try (var in =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
      captions.offerAll(in, file.getParent());
    }
  }

  private EngineOptions engineOptions() {
    try {
      return model.engineOptions().withThreads(threads);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private void print(ImageAnswer answer) {
    boolean machine = json || requests != null;
    boolean failed = answer instanceof ImageAnswer.Failed;
    PrintWriter to = failed && !machine ? spec.commandLine().getErr() : spec.commandLine().getOut();
    to.println(machine ? Json.line(answer.json()) : answer.text());
    to.flush();
  }
}
