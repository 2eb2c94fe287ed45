package dev.sarscribe.app.verb;

import dev.sarscribe.app.feed.FeedRun;
import dev.sarscribe.app.service.Observation;
import dev.sarscribe.producer.DirectoryFeed;
import dev.sarscribe.producer.PathFilter;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Watches a folder. */
@Command(
    name = "directory",
    mixinStandardHelpOptions = true,
    header = "Watch a folder for products.",
    description = {
      "Looks at DIR and its subfolders again and again, so network file systems work, and publishes",
      "each GeoTIFF, .SAFE folder or .zip once nothing about it has changed for the settle time. One",
      "that changes later is published anew. Its workers must see the same path."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe feed directory /data/scenes",
      "  sarscribe feed directory /mnt/nfs --include '*.SAFE' --exclude 'quarantine/**' --settle 1m"
    })
public final class FeedDirectoryVerb implements Callable<Integer> {
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

  @Parameters(paramLabel = "DIR", description = "The folder.")
  private Path directory;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "Only such products; a pattern with / means the path below DIR. Repeatable.")
  private List<String> include = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Pass over such files and folders. Repeatable.")
  private List<String> exclude = new ArrayList<>();

  @Option(
      names = "--settle",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "2s",
      description = "A product is complete when unchanged for so long (default: 2s).")
  private Duration settle = Duration.ofSeconds(2);

  @Mixin private FeedOptions feed;
  @Mixin private KafkaOptions kafka;
  @Mixin private ObservationOptions observing;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    List<String> problems = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      problems.add(directory + " is not a folder");
    }
    feed.check(problems);
    DirectoryFeed.Settings settings = settings(problems);
    if (!problems.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("; ", problems));
    }
    String name = feed.name().orElseGet(() -> DirectoryFeed.nameOf(directory));
    kafka.ensureTopics();
    PrintWriter out = spec.commandLine().getOut();
    try (Observation observation = observing.open(out)) {
      new FeedRun(out, observation)
          .run(new DirectoryFeed(name, settings), kafka.connection(), feed.settings(POLL_INTERVAL));
    }
    return 0;
  }

  private DirectoryFeed.Settings settings(List<String> problems) {
    try {
      return new DirectoryFeed.Settings(directory, settle, new PathFilter(include, exclude));
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage().lines().findFirst().orElse(""));
      return DirectoryFeed.Settings.of(directory);
    }
  }
}
