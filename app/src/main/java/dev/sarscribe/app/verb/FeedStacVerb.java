package dev.sarscribe.app.verb;

import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.app.feed.FeedRun;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.stac.StacFeed;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Watches a STAC API or a static catalogue. */
@Command(
    name = "stac",
    mixinStandardHelpOptions = true,
    header = "Watch a STAC API or a static STAC catalogue.",
    description = {
      "An API is searched by time, from an overlap before where it is read to, so that items that",
      "appear late are found; items later than the overlap are not, which --by updated avoids where",
      "the API filters. A static catalogue is walked along its links. An item that changes is",
      "published anew; one that cannot be used becomes a dead letter, once."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe feed stac https://planetarycomputer.microsoft.com/api/stac/v1 \\",
      "      --collection sentinel-1-grd --bbox 5,50,15,56 --mode IW",
      "  sarscribe feed stac https://stac.dataspace.copernicus.eu/v1 \\",
      "      --collection sentinel-1-grd --by published --credentials keys.yaml",
      "  sarscribe feed stac https://example.org/catalog.json --once"
    })
public final class FeedStacVerb implements Callable<Integer> {
  private static final Duration POLL_INTERVAL = Duration.ofMinutes(5);

  /** Products appear within hours of the data take, some the next day. */
  private static final Duration OVERLAP_BY_DATETIME = Duration.ofDays(2);

  /** What is stamped when it is published appears soon after its stamp. */
  private static final Duration OVERLAP_BY_PUBLICATION = Duration.ofHours(1);

  @Parameters(paramLabel = "URL", description = "Root of the API, or of the catalogue.")
  private URI url;

  @Mixin private StacOptions stac;
  @Mixin private OverlapOptions times;
  @Mixin private FeedOptions feed;
  @Mixin private AccessOptions http;
  @Mixin private KafkaOptions kafka;
  @Mixin private ObservationOptions observing;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<String> problems = new ArrayList<>();
    stac.check(url, problems);
    feed.check(problems);
    http.check(problems);
    times.check(problems);
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
    Duration overlap =
        times.overlap(stac.isByDatetime() ? OVERLAP_BY_DATETIME : OVERLAP_BY_PUBLICATION);
    String name = feed.name().orElseGet(() -> StacNames.of("stac", url, stac.identity(url, "")));
    StacFeed.Settings settings = stac.settings(name, url, times.from(), Optional.empty(), overlap);
    kafka.ensureTopics();
    PrintWriter out = spec.commandLine().getOut();
    try (Observation observation = observing.open(out);
        HttpAccess access = http.open()) {
      new FeedRun(out, observation)
          .run(new StacFeed(settings, access), kafka.connection(), feed.settings(POLL_INTERVAL));
    }
    return 0;
  }
}
