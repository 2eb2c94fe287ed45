package dev.sarscribe.app.verb;

import dev.sarscribe.app.config.Effective;
import dev.sarscribe.app.config.Reference;
import dev.sarscribe.app.config.Settings;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the settings that a verb would run with. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    header = "Print the settings that a verb would run with, and where each comes from.",
    description = {
      "Reads file and environment as VERB would, checks them, and prints every setting with its",
      "source: default, file and line, variable, or flag. Secrets are masked. Nothing is run.",
      "With --reference: prints the documentation of all settings."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sarscribe config --config sarscribe.yaml caption",
      "  SARSCRIBE_BATCH=16 sarscribe config caption --workers 2",
      "  sarscribe config --reference > docs/configuration.md"
    })
public final class ConfigVerb implements Callable<Integer> {
  @Option(names = "--reference", description = "Print what can be set, as Markdown.")
  private boolean reference;

  @Parameters(
      paramLabel = "VERB [OPTION…]",
      arity = "0..*",
      description = "The verb, and flags as it would get them.")
  private List<String> arguments = List.of();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    CommandSpec root = spec.root();
    if (reference) {
      out.print(Reference.markdown(new CommandLine(root.userObject())));
    } else if (!root.subcommands().containsKey(first())) {
      throw new ParameterException(
          spec.commandLine(),
          first().isEmpty()
              ? "name a verb, or --reference for all settings"
              : first() + " is no verb");
    } else {
      // Parsing anew forgets what this verb was given.
      List<String> asked = List.copyOf(arguments);
      out.print(Effective.text(root.commandLine(), (Settings) root.defaultValueProvider(), asked));
    }
    out.flush();
    return 0;
  }

  private String first() {
    return arguments.isEmpty() ? "" : arguments.get(0);
  }
}
