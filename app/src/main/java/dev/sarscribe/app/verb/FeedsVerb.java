package dev.sarscribe.app.verb;

import dev.sarscribe.app.feed.FeedReport;
import dev.sarscribe.app.report.Json;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.FeedStatus;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows how the feeds are. */
@Command(
    name = "feeds",
    mixinStandardHelpOptions = true,
    header = "Show how the feeds are: what they published, how far they are, what went wrong.",
    description = "Reads the topic sar.feeds.v1, where every feed tells its status.",
    footerHeading = "%nExamples:%n",
    footer = {"  sarscribe feeds", "  sarscribe feeds --json | jq -r '.feed + \" \" + .state'"})
public final class FeedsVerb implements Callable<Integer> {
  @Option(names = "--json", description = "One JSON object per feed.")
  private boolean json;

  @Mixin private KafkaOptions kafka;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    kafka.ensureTopics();
    Map<String, FeedStatus> latest = new TreeMap<>();
    try (var reader =
        new TopicReader<>(kafka.interactive(), Topics.FEEDS, TopicReader.Start.BEGINNING)) {
      reader.drain(status -> latest.put(status.getFeed(), status));
    }
    PrintWriter out = spec.commandLine().getOut();
    for (FeedStatus status : latest.values()) {
      out.println(json ? Json.line(Json.of(status)) : FeedReport.describe(status, Instant.now()));
    }
    if (latest.isEmpty() && !json) {
      out.println("no feed has run yet: `sarscribe feed` starts one");
    }
    out.flush();
    return 0;
  }
}
