package dev.sarscribe.app;

import dev.sarscribe.app.process.Logs;
import dev.sarscribe.app.process.Version;
import dev.sarscribe.app.verb.CaptionVerb;
import dev.sarscribe.app.verb.DoctorVerb;
import dev.sarscribe.app.verb.GpuVerb;
import dev.sarscribe.app.verb.IngestVerb;
import dev.sarscribe.app.verb.LocalVerb;
import dev.sarscribe.app.verb.LogFolder;
import dev.sarscribe.app.verb.RecaptionVerb;
import dev.sarscribe.app.verb.SchemasVerb;
import dev.sarscribe.app.verb.SimulateVerb;
import dev.sarscribe.app.verb.TailVerb;
import dev.sarscribe.app.verb.TileVerb;
import dev.sarscribe.app.verb.TopicsVerb;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The root of the command line. */
@Command(
    name = "sarscribe",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    header = "Turns a feed of SAR acquisitions into a corpus of captioned, georeferenced tiles.",
    subcommands = {
      LocalVerb.class,
      IngestVerb.class,
      TileVerb.class,
      CaptionVerb.class,
      RecaptionVerb.class,
      TailVerb.class,
      TopicsVerb.class,
      SchemasVerb.class,
      SimulateVerb.class,
      DoctorVerb.class,
      GpuVerb.class,
      CommandLine.HelpCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe local --demo --exit-when-done     the whole pipeline on a simulated scene",
      "  sarscribe local /data/scenes                the same on your products, until Ctrl-C",
      "  sarscribe caption chip.png --question \"How many ships are there?\"",
      "  sarscribe tail --from-beginning --limit 3   what the corpus holds",
      "  sarscribe doctor                            what this machine has and lacks",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage. `sarscribe help COMMAND` tells more.",
      "Any option that takes a value may come from the environment instead:",
      "--bootstrap-server from SARSCRIBE_BOOTSTRAP_SERVER, and so on."
    })
public final class Sarscribe {
  private Sarscribe() {}

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    System.exit(commandLine(System.getenv()).execute(args));
  }

  /** The command line, as tests run it too. */
  static CommandLine commandLine(Map<String, String> environment) {
    CommandLine root = new CommandLine(new Sarscribe());
    root.setCaseInsensitiveEnumValuesAllowed(true);
    root.setUsageHelpAutoWidth(true);
    root.setUsageHelpLongOptionsMaxWidth(30);
    root.setDefaultValueProvider(new EnvironmentDefaults(environment));
    root.setExecutionExceptionHandler(new Failures());
    root.setExecutionStrategy(Sarscribe::run);
    return root;
  }

  private static int run(ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    Object verb = commands.get(commands.size() - 1).getCommand();
    boolean help = CommandLine.executeHelpRequest(parsed) != null;
    if (help) {
      return CommandLine.ExitCode.OK;
    }
    if (!parsed.hasSubcommand()) {
      commands.get(0).usage(commands.get(0).getErr());
      return CommandLine.ExitCode.USAGE;
    }
    Logs.writeTo(verb instanceof LogFolder own ? own.logFolder() : Logs.defaultFolder());
    return new CommandLine.RunLast().execute(parsed);
  }
}
