package dev.sarscribe.app.verb;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Watches places where acquisitions appear. A new kind of feed is one more class in this list. */
@Command(
    name = "feed",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "KIND",
    header = "Watch a place and publish every acquisition that appears there, once.",
    description = {
      "Runs until Ctrl-C or SIGTERM, and ends after the transaction in progress. What it published",
      "is remembered in Kafka: a restart, here or on another machine, goes on where it was. One",
      "feed of a name runs at a time: a second one takes over, and the first ends and says so.",
      "`sarscribe feeds` shows how they are."
    },
    subcommands = {FeedDirectoryVerb.class, FeedStacVerb.class, FeedCdseVerb.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe feed directory /data/scenes",
      "  sarscribe feed stac https://planetarycomputer.microsoft.com/api/stac/v1 \\",
      "      --collection sentinel-1-grd --bbox 5,50,15,56",
      "  sarscribe feed cdse --from 2026-11-01"
    })
public final class FeedVerb implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
