package dev.sarscribe.app;

import dev.sarscribe.access.Credentials;
import dev.sarscribe.app.config.Settings;
import dev.sarscribe.app.process.Logs;
import dev.sarscribe.app.process.Version;
import dev.sarscribe.app.verb.CaptionVerb;
import dev.sarscribe.app.verb.ConfigVerb;
import dev.sarscribe.app.verb.DoctorVerb;
import dev.sarscribe.app.verb.EndpointOptions;
import dev.sarscribe.app.verb.FeedVerb;
import dev.sarscribe.app.verb.FeedsVerb;
import dev.sarscribe.app.verb.GpuVerb;
import dev.sarscribe.app.verb.IngestVerb;
import dev.sarscribe.app.verb.LocalVerb;
import dev.sarscribe.app.verb.LogFolder;
import dev.sarscribe.app.verb.RecaptionVerb;
import dev.sarscribe.app.verb.ReplayVerb;
import dev.sarscribe.app.verb.SchemasVerb;
import dev.sarscribe.app.verb.SimulateVerb;
import dev.sarscribe.app.verb.StacVerb;
import dev.sarscribe.app.verb.TailVerb;
import dev.sarscribe.app.verb.TileVerb;
import dev.sarscribe.app.verb.TopicsVerb;
import dev.sarscribe.captioner.gpu.GpuFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The root of the command line. */
@Command(
    name = "sarscribe",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    header = "Turns a feed of SAR acquisitions into a corpus of captioned, georeferenced tiles.",
    subcommands = {
      LocalVerb.class,
      FeedVerb.class,
      FeedsVerb.class,
      IngestVerb.class,
      TileVerb.class,
      CaptionVerb.class,
      RecaptionVerb.class,
      ReplayVerb.class,
      TailVerb.class,
      StacVerb.class,
      TopicsVerb.class,
      SchemasVerb.class,
      ConfigVerb.class,
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
      "Options may come from a file (--config) and from the environment instead:",
      "--bootstrap-servers from SARSCRIBE_BOOTSTRAP_SERVERS, and so on; `sarscribe config` tells."
    })
public final class Sarscribe {
  @Option(
      names = "--config",
      paramLabel = "FILE.yaml",
      scope = ScopeType.INHERIT,
      description = "Settings that flags and the environment do not give.")
  private Path config;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      defaultValue = "text",
      scope = ScopeType.INHERIT,
      description = "Form of log messages (default: ${DEFAULT-VALUE}).")
  private Logs.Format logFormat = Logs.Format.TEXT;

  @Option(
      names = "--log-to",
      paramLabel = "file|stderr",
      defaultValue = "file",
      scope = ScopeType.INHERIT,
      description = "Where they go (default: ${DEFAULT-VALUE}, in the verb's folder).")
  private Logs.Target logTo = Logs.Target.FILE;

  private boolean warned;

  /** Variables that the launcher and the compose file read. */
  private static final Set<String> OF_SCRIPTS = Set.of("SARSCRIBE_HOME", "SARSCRIBE_INCOMING");

  private Sarscribe() {}

  /** Runs the command and ends the process. */
  public static void main(String[] args) {
    System.exit(commandLine(System.getenv(), args).execute(args));
  }

  /**
   * The command line, for tests and for whoever checks what it would take.
   *
   * @param arguments that it will be executed with, which may name a file of settings
   */
  public static CommandLine commandLine(Map<String, String> environment, String... arguments) {
    Set<String> others = new HashSet<>(Credentials.VARIABLES);
    others.addAll(List.of(EndpointOptions.KEY_VARIABLE, GpuFolder.VARIABLE));
    others.addAll(OF_SCRIPTS);
    Settings settings =
        Settings.read(() -> bare(new Sarscribe()), environment, others, List.of(arguments));
    Sarscribe sarscribe = new Sarscribe();
    CommandLine root = bare(sarscribe);
    root.setDefaultValueProvider(settings);
    root.setExecutionExceptionHandler(new Failures());
    root.setExecutionStrategy(parsed -> sarscribe.run(parsed, settings));
    CommandLine.IParameterExceptionHandler usual = root.getParameterExceptionHandler();
    root.setParameterExceptionHandler(
        (mistake, given) -> {
          sarscribe.tell(settings.warnings(), root.getErr());
          return usual.handleParseException(mistake, given);
        });
    return root;
  }

  private static CommandLine bare(Sarscribe sarscribe) {
    CommandLine root = new CommandLine(sarscribe);
    root.setCaseInsensitiveEnumValuesAllowed(true);
    root.setUsageHelpAutoWidth(true);
    root.setUsageHelpLongOptionsMaxWidth(30);
    // What follows the verb is that verb's.
    root.getSubcommands().get("config").setStopAtPositional(true);
    return root;
  }

  private int run(ParseResult parsed, Settings settings) {
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
    if (!settings.problems().isEmpty()) {
      tell(settings.warnings(), commands.get(0).getErr());
      settings.problems().forEach(commands.get(0).getErr()::println);
      commands.get(0).getErr().flush();
      return CommandLine.ExitCode.USAGE;
    }
    settings.complete(parsed);
    Path folder = verb instanceof LogFolder own ? own.logFolder() : Logs.defaultFolder();
    Logs.write(logFormat, logTo, folder);
    warn(settings.warnings(), commands.get(0).getErr());
    return new CommandLine.RunLast().execute(parsed);
  }

  /** To the log, and to a person unless that is where the log goes. */
  private void warn(List<String> warnings, PrintWriter err) {
    warnings.forEach(LoggerFactory.getLogger(Sarscribe.class)::warn);
    if (logTo == Logs.Target.FILE) {
      tell(warnings, err);
    }
    warned = true;
  }

  /** Once, and before mistakes, of which a misspelt variable may be the cause. */
  private void tell(List<String> warnings, PrintWriter err) {
    if (!warned) {
      warnings.forEach(warning -> err.println("warning: " + warning));
      err.flush();
      warned = true;
    }
  }
}
