package dev.sarscribe.app.verb;

import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.app.feed.FeedRun;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.cdse.CdseFeed;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Watches the Copernicus Data Space. */
@Command(
    name = "cdse",
    mixinStandardHelpOptions = true,
    header = "Watch the Sentinel-1 products of the Copernicus Data Space.",
    description = {
      "Reads the OData catalogue by time of publication, which needs no account. With",
      "--subscription it reads that pull subscription first, acknowledges only what is published,",
      "and looks through the catalogue now and then for what the queue did not tell. Downloads, and",
      "subscriptions, need an account: SARSCRIBE_CDSE_USERNAME and SARSCRIBE_CDSE_PASSWORD, here",
      "and where `sarscribe tile` runs.",
      "Made by the service's documentation; not yet run against the service itself."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe feed cdse --from 2026-11-01",
      "  sarscribe feed cdse --subscription 0fe2b9c1-… --reconcile 30m",
      "  sarscribe feed cdse --filter \"contains(Name,'_IW_GRDH_1SDV') and not contains(Name,'_COG')\""
    })
public final class FeedCdseVerb implements Callable<Integer> {
  private static final Duration POLL_INTERVAL = Duration.ofMinutes(5);

  /** How much later than its time of publication the catalogue may list a product. */
  private static final Duration OVERLAP = Duration.ofHours(6);

  @Option(
      names = "--subscription",
      paramLabel = "ID",
      description = "Read this pull subscription; create it at the service first.")
  private String subscription;

  @Option(
      names = "--filter",
      paramLabel = "ODATA",
      description =
          "Which products of the catalogue, beside collection and time (default: ${DEFAULT-VALUE}).",
      defaultValue = CdseFeed.GROUND_RANGE)
  private String filter = CdseFeed.GROUND_RANGE;

  @Option(
      names = "--reconcile",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "1h",
      description = "With --subscription: time between looks through the catalogue (default: 1h).")
  private Duration reconciliation = Duration.ofHours(1);

  @Option(
      names = "--catalogue",
      paramLabel = "URL",
      defaultValue = "https://catalogue.dataspace.copernicus.eu",
      description = "Root of the catalogue, for a mirror of it (default: ${DEFAULT-VALUE}).")
  private URI catalogue = CdseFeed.CATALOGUE;

  @Option(
      names = "--download",
      paramLabel = "URL",
      defaultValue = "https://download.dataspace.copernicus.eu",
      description = "Root of the downloads, for a mirror of them (default: ${DEFAULT-VALUE}).")
  private URI download = CdseFeed.DOWNLOAD;

  @Mixin private OverlapOptions times;
  @Mixin private ReprocessedOption reprocessed;
  @Mixin private FeedOptions feed;
  @Mixin private AccessOptions http;
  @Mixin private KafkaOptions kafka;
  @Mixin private ObservationOptions observing;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<String> problems = new ArrayList<>();
    feed.check(problems);
    http.check(problems);
    Optional<CdseFeed.Settings> settings = settings(problems);
    if (settings.isEmpty() || !problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
    kafka.ensureTopics();
    PrintWriter out = spec.commandLine().getOut();
    try (Observation observation = observing.open(out);
        HttpAccess access = http.open()) {
      new FeedRun(out, observation)
          .run(
              new CdseFeed(settings.orElseThrow(), access),
              kafka.connection(),
              feed.settings(POLL_INTERVAL));
    }
    return 0;
  }

  private Optional<CdseFeed.Settings> settings(List<String> problems) {
    try {
      String identity =
          String.join("\n", String.valueOf(subscription), filter, reprocessed.value().name());
      String name =
          feed.name()
              .orElseGet(
                  () ->
                      catalogue.getHost() == null
                          ? "cdse"
                          : StacNames.of("cdse", catalogue, identity));
      return Optional.of(
          new CdseFeed.Settings(
              name,
              catalogue,
              download,
              filter,
              Optional.ofNullable(subscription),
              times.from(),
              times.overlap(OVERLAP),
              reconciliation,
              reprocessed.value()));
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
      return Optional.empty();
    }
  }
}
