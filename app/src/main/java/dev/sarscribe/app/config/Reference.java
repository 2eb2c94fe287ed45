package dev.sarscribe.app.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Writes what can be set, made from the options themselves. */
public final class Reference {
  private static final String INTRODUCTION =
      """
      # Configuration

      Made by `sarscribe config --reference`; a test compares it with the options.

      Every option of every verb is a setting. Its value comes from, the later ones first:

      1. the flag, as in `--batch 16`
      2. the environment, as in `SARSCRIBE_BATCH=16`
      3. the file that `--config FILE` or `SARSCRIBE_CONFIG` names: under the verb, then at its top
      4. the default

      ```yaml
      bootstrap-servers: kafka-1:9092,kafka-2:9092   # for every verb that has this option
      log-format: json
      caption:                                       # for `sarscribe caption` only
        batch: 16
        http-port: 8080
      kafka:                                         # properties of Kafka's clients
        security.protocol: SASL_SSL
        sasl.mechanism: SCRAM-SHA-512
        sasl.jaas.config: ${file:/run/secrets/kafka-jaas}
        ssl.truststore.location: /etc/sarscribe/ca.pem
        ssl.truststore.type: PEM
      ```

      A name in the file that does not exist, a value of the wrong type, or a name that is set twice ends
      the program at its start with exit code 2; all of them are listed, with file and line. The file is
      plain YAML of at most 256 KiB: no tags. A variable is read by the verbs that have its setting, and
      ignored by others; one that begins with `SARSCRIBE_` and that no verb reads is warned of at the start, with
      the name that it is nearest to. `sarscribe config VERB` shows what arrives.

      Secrets: `${env:NAME}` stands for a variable and `${file:PATH}` for the content of a file, anywhere
      in a value. `sarscribe config VERB` prints what is in effect and where it comes from, and of
      a secret only that it is set.

      Properties of Kafka's clients are under `kafka:`, in `--kafka-property KEY=VALUE`, or in the
      environment: `SARSCRIBE_KAFKA_SECURITY_PROTOCOL` is `security.protocol`. They prevail over what
      sarscribe sets itself, except those on which its guarantees rest (`enable.auto.commit`,
      `isolation.level`, `transactional.id`, serializers and the like), which are refused.

      In a container of Kubernetes set `enableServiceLinks: false`: for a service of the name `sarscribe` it would
      otherwise set variables such as `SARSCRIBE_PORT`.

      The environment also has `SARSCRIBE_ENDPOINT_KEY` (the API key of `--engine remote`) and `JAVA_OPTS`
      (options of the JVM, for instance `-Xmx6g`).
      """;

  private Reference() {}

  /** An option as it is said once, and the verbs that have it so. */
  private record Row(String name, String value, String byDefault, String what) {}

  /**
   * The document, as Markdown.
   *
   * @param root a command line without a provider of defaults
   */
  public static String markdown(CommandLine root) {
    Map<Row, List<String>> rows = new LinkedHashMap<>();
    collect(root, rows);
    Map<String, List<Row>> byVerbs = new TreeMap<>();
    rows.forEach(
        (row, verbs) ->
            byVerbs.computeIfAbsent(heading(verbs, root), v -> new ArrayList<>()).add(row));
    StringBuilder text = new StringBuilder(INTRODUCTION);
    byVerbs.forEach((verbs, options) -> text.append(table(verbs, options)));
    return text.toString();
  }

  private static void collect(CommandLine command, Map<Row, List<String>> rows) {
    String verb = String.join(" ", Options.path(command.getCommandSpec()));
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (Options.isSetting(option)) {
        rows.computeIfAbsent(row(option), r -> new ArrayList<>()).add(verb);
      }
    }
    command.getSubcommands().values().stream().distinct().forEach(c -> collect(c, rows));
  }

  private static Row row(OptionSpec option) {
    String what =
        String.join(" ", option.description())
            .replaceAll(" ?\\((default: [^()]*)\\)", "")
            .replace("|", "\\|");
    String value = Options.isFlag(option) ? "true, false" : option.paramLabel();
    String byDefault =
        Options.isFlag(option)
            ? "false"
            : option.defaultValue() == null ? given(option) : option.defaultValue();
    return new Row(Options.name(option), value.replace("|", "\\|"), byDefault, what);
  }

  /** What the description says where the default is none that can be written down. */
  private static String given(OptionSpec option) {
    var matcher =
        java.util.regex.Pattern.compile("\\(default: ([^()]*)\\)")
            .matcher(String.join(" ", option.description()));
    return matcher.find() ? matcher.group(1) : "";
  }

  private static String heading(List<String> verbs, CommandLine root) {
    return verbs.contains("")
        ? "Every verb"
        : verbs.stream().sorted().map(v -> "`" + v + "`").collect(Collectors.joining(", "));
  }

  private static String table(String verbs, List<Row> rows) {
    StringBuilder text = new StringBuilder("\n## " + verbs + "\n");
    text.append("| setting | value | default | |\n|---|---|---|---|\n");
    for (Row row : rows) {
      text.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(row.name(), row.value(), row.byDefault(), row.what()));
    }
    return text.toString();
  }
}
