package dev.sarscribe.app.verb;

import dev.sarscribe.producer.DeadLetterReplay;
import dev.sarscribe.producer.DeadLetterReplay.Outcome;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.Stage;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Sends dead letters back to where they came from. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    header = "Send the original records of dead letters back to their topics.",
    description = {
      "For letters whose cause is gone: a product that is readable again, an engine that works. Each",
      "letter is sent back once, in a transaction, however often this is run or interrupted. A tile",
      "that is captioned then no longer counts as rejected.",
      "",
      "A product that a feed refused has no record to send: its path is printed, for",
      "`sarscribe ingest`. With --dry-run nothing is sent."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe replay --dry-run",
      "  sarscribe replay --stage caption --reason ENGINE_FAILED",
      "  sarscribe replay --acquisition S1A_IW_GRDH_… --since 2026-01-31T00:00:00Z"
    })
public final class ReplayVerb implements Callable<Integer> {
  private static final int MAX_MESSAGE_CHARS = 200;

  @Option(
      names = "--stage",
      paramLabel = "feed|plan|tile|caption|progress",
      description = "Only letters of this stage.")
  private Stage stage;

  @Option(names = "--reason", paramLabel = "CODE", description = "Only letters of this reason.")
  private String reason;

  @Option(
      names = "--acquisition",
      paramLabel = "ID",
      description = "Only letters about this acquisition or tile.")
  private String acquisition;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only letters from this time on, as in 2026-01-31T12:00:00Z.")
  private Instant since;

  @Option(names = "--until", paramLabel = "TIME", description = "Only letters before this time.")
  private Instant until;

  @Option(names = "--again", description = "Also letters that an earlier replay has sent.")
  private boolean again;

  @Option(names = "--dry-run", description = "Say what would be sent, and send nothing.")
  private boolean dryRun;

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    var filter =
        new DeadLetterReplay.Filter(
            Optional.ofNullable(stage),
            Optional.ofNullable(reason),
            Optional.ofNullable(acquisition),
            Optional.ofNullable(since),
            Optional.ofNullable(until));
    kafka.ensureTopics();
    KafkaConnection connection = kafka.interactive();
    PrintWriter out = spec.commandLine().getOut();
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    var replay = new DeadLetterReplay(connection);
    Consumer<DeadLetterReplay.Result> told =
        result -> {
          counts.merge(result.outcome(), 1L, Long::sum);
          if (result.outcome() != Outcome.SENT_BEFORE) {
            out.println(describe(result));
            out.flush();
          }
        };
    if (dryRun) {
      replay.dryRun(filter, again, told);
    } else {
      replay.send(filter, again, told);
    }
    out.printf(
        "%d %s, %d were before, %d to ingest again, %d to recaption, %d without their bytes%n",
        counts.getOrDefault(Outcome.SENT, 0L),
        dryRun ? "would be sent" : "sent",
        counts.getOrDefault(Outcome.SENT_BEFORE, 0L),
        counts.getOrDefault(Outcome.INGEST_AGAIN, 0L),
        counts.getOrDefault(Outcome.RECAPTION, 0L),
        counts.getOrDefault(Outcome.NOT_KEPT, 0L));
    out.flush();
    return 0;
  }

  private String describe(DeadLetterReplay.Result result) {
    DeadLetter letter = result.letter();
    String what =
        switch (result.outcome()) {
          case SENT -> (dryRun ? "would be sent to " : "sent to ") + letter.getTopic();
          case SENT_BEFORE -> "sent before";
          case INGEST_AGAIN -> "ingest again: " + path(letter);
          case RECAPTION -> "recaption it";
          case NOT_KEPT -> "its bytes were not kept";
        };
    String message = letter.getMessage().lines().findFirst().orElse("");
    return "%s  %s  %s %s: %s"
        .formatted(
            what,
            letter.getScene(),
            letter.getStage(),
            letter.getReason(),
            message.substring(0, Math.min(message.length(), MAX_MESSAGE_CHARS)));
  }

  private static String path(DeadLetter letter) {
    ByteBuffer path = letter.getValue();
    return path == null
        ? letter.getScene()
        : StandardCharsets.UTF_8.decode(path.duplicate()).toString();
  }
}
