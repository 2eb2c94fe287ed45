package dev.sarscribe.app.verb;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The schemas of the topics in a registry. */
@Command(
    name = "schemas",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    header = "Register the topics' schemas in a schema registry.",
    subcommands = SchemasRegisterVerb.class,
    footerHeading = "%nExample:%n",
    footer = "  sarscribe schemas register --registry http://registry:8080/apis/registry/v3")
public final class SchemasVerb implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
