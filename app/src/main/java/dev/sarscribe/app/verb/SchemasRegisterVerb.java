package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.schemas.SchemaRegistry;
import dev.sarscribe.schemas.SchemaRegistry.Registered;
import dev.sarscribe.schemas.SchemaRegistry.RegistryException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Registers the schemas that this version writes. */
@Command(
    name = "register",
    mixinStandardHelpOptions = true,
    header = "Register the schemas of all topics; the stages only look them up.",
    description = {
      "Run it once before the stages, and again with each new version before that starts. Registers",
      "what earlier versions wrote too, and sets the rule that each version of a schema must be",
      "compatible with all others in both directions (FULL_TRANSITIVE): a schema that breaks a",
      "consumer is refused here. What is registered already stays as it is."
    },
    footerHeading = "%nExample:%n",
    footer = "  sarscribe schemas register --registry http://registry:8080/apis/registry/v3")
public final class SchemasRegisterVerb implements Callable<Integer> {
  @Option(
      names = "--registry",
      paramLabel = "URL",
      required = true,
      description = "Schema registry (v3 API).")
  private String registry = "";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailedException {
    PrintWriter out = spec.commandLine().getOut();
    try (SchemaRegistry schemas = new SchemaRegistry(registry)) {
      for (Registered schema : schemas.register()) {
        out.printf(
            "%-32s version %s, id %d%n", schema.subject(), schema.version(), schema.schemaId());
      }
    } catch (RegistryException e) {
      throw new CommandFailedException(e.getMessage(), e);
    }
    out.flush();
    return 0;
  }
}
