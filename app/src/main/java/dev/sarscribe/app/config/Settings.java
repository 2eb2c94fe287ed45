package dev.sarscribe.app.config;

import dev.sarscribe.schemas.KafkaConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What options are set to where the command line does not say: in a file, and, which prevails, by
 * the environment. An option that takes one value gets it as its default while the command line is
 * parsed; flags, lists and maps are completed after that, by {@link #complete}.
 */
public final class Settings implements CommandLine.IDefaultValueProvider {
  private static final String FILE_VARIABLE = "SARSCRIBE_CONFIG";
  static final String KAFKA_VARIABLES = "SARSCRIBE_KAFKA_";

  private final Options options;
  private final Layers file = new Layers();
  private final Layers environment = new Layers();
  private final List<String> problems = new ArrayList<>();
  private List<String> warnings = List.of();

  /** The settings of one source, by command and option. */
  static final class Layers {
    private final Map<List<String>, Map<String, List<Setting>>> byCommand = new HashMap<>();

    void enter(List<String> path, OptionSpec option, Setting setting) {
      byCommand
          .computeIfAbsent(path, p -> new HashMap<>())
          .computeIfAbsent(Options.name(option), o -> new ArrayList<>())
          .add(setting);
    }

    /** From the general to the particular: those of the whole file first. */
    List<List<Setting>> find(OptionSpec option) {
      List<List<Setting>> found = new ArrayList<>();
      List<String> path = Options.path(option.command());
      for (int length = 0; length <= path.size(); length++) {
        List<Setting> settings =
            byCommand
                .getOrDefault(path.subList(0, length), Map.of())
                .getOrDefault(Options.name(option), List.of());
        if (!settings.isEmpty()) {
          found.add(settings);
        }
      }
      return found;
    }
  }

  private Settings(Options options) {
    this.options = options;
  }

  /**
   * Reads what a command line needs.
   *
   * @param model makes a command line like the one that is to be completed
   * @param variables the environment
   * @param others names of variables that set no option and are read all the same
   * @param arguments of the command line, of which {@code --config} and the verb are looked at
   */
  public static Settings read(
      Supplier<CommandLine> model,
      Map<String, String> variables,
      Set<String> others,
      List<String> arguments) {
    Settings settings = new Settings(new Options(model.get()));
    CommandLine.ParseResult parsed = settings.options.parse(arguments);
    List<CommandLine> commands = new ArrayList<>(parsed.asCommandLineList());
    Path named = named(parsed);
    List<String> asked = askedAbout(commands.get(commands.size() - 1), parsed);
    if (!asked.isEmpty()) {
      CommandLine.ParseResult other = settings.options.parse(asked);
      commands.addAll(other.asCommandLineList());
      Path inner = named(other);
      named = inner == null ? named : inner;
    }
    String variable = variables.get(FILE_VARIABLE);
    References references = new References(variables);
    Optional.ofNullable(named)
        .or(() -> Optional.ofNullable(variable).filter(v -> !v.isBlank()).map(Path::of))
        .ifPresent(
            path ->
                new SettingsFile(
                        path, settings.options, references, settings.file, settings.problems)
                    .read());
    commands.stream()
        .distinct()
        .forEach(c -> settings.readEnvironment(c.getCommandSpec(), variables));
    Set<String> known = settings.options.variables();
    known.add(FILE_VARIABLE);
    known.addAll(others);
    known.addAll(references.variables());
    settings.warnings = UnreadVariables.warnings(variables, known);
    return settings;
  }

  /** The file that a command line names, or null. */
  private static Path named(CommandLine.ParseResult parsed) {
    Path named = null;
    for (CommandLine.ParseResult p = parsed; p != null; p = p.subcommand()) {
      named = p.matchedOptionValue("--config", named);
    }
    return named;
  }

  /** The command line that `sarscribe config` is asked about; empty for any other verb. */
  private static List<String> askedAbout(CommandLine verb, CommandLine.ParseResult parsed) {
    if (!verb.getCommandName().equals("config")) {
      return List.of();
    }
    return List.copyOf(parsed.subcommand().matchedPositionalValue(0, List.<String>of()));
  }

  private void readEnvironment(CommandSpec command, Map<String, String> variables) {
    for (OptionSpec option : command.options()) {
      if (Options.isSetting(option) && !Options.isMap(option)) {
        Options.variables(option).forEach(v -> readVariable(option, v, variables.get(v)));
      }
    }
    OptionSpec kafka = command.findOption("--" + SettingsFile.KAFKA_OPTION);
    if (kafka != null) {
      variables.forEach((name, value) -> readKafkaVariable(kafka, name, value));
    }
  }

  private void readVariable(OptionSpec option, String variable, String value) {
    // Compose files and shells set a variable to nothing where there is nothing to set.
    if (value == null || value.isEmpty()) {
      return;
    }
    boolean secret = Secrets.isSecret(Options.name(option));
    Optional<String> wrong = options.problem(option, List.of(value));
    if (wrong.isPresent()) {
      problems.add(variable + ": " + (secret ? "its value is refused" : wrong.orElseThrow()));
    } else {
      enter(option, new Setting(List.of(value), variable, secret));
    }
  }

  private void readKafkaVariable(OptionSpec option, String variable, String value) {
    if (!variable.startsWith(KAFKA_VARIABLES) || value.isEmpty()) {
      return;
    }
    if (variable.equals(KAFKA_VARIABLES + "PROPERTY")) {
      problems.add(
          variable
              + " is not read: each property has its own variable, as "
              + KAFKA_VARIABLES
              + "SECURITY_PROTOCOL");
      return;
    }
    String property =
        variable.substring(KAFKA_VARIABLES.length()).toLowerCase(Locale.ROOT).replace('_', '.');
    Optional<String> refusal = KafkaConnection.refusal(property);
    if (refusal.isPresent()) {
      problems.add(variable + ": " + refusal.orElseThrow());
    } else {
      boolean secret = Secrets.isSecret(property);
      enter(option, new Setting(List.of(property + "=" + value), variable, secret));
    }
  }

  private void enter(OptionSpec option, Setting setting) {
    environment.enter(Options.path(option.command()), option, setting);
  }

  /** What nothing reads though it looks like a setting, one line each; other programs may do so. */
  public List<String> warnings() {
    return warnings;
  }

  /** What is wrong with file and environment, each with its place; empty if all is well. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    if (!problems.isEmpty()
        || !(argument instanceof OptionSpec option)
        || !Options.isSetting(option)
        || isCompletedLater(option)) {
      return null;
    }
    List<Setting> settings = find(option);
    // Picocli replaces ${…} in defaults, of which a value, a password for instance, has none.
    return settings.isEmpty() ? null : settings.get(0).values().get(0).replace("$", "$$");
  }

  /**
   * As a default these would be merged with, or turned round by, what the command line says; of an
   * option that verbs inherit, the root's default is set, and a verb may have its own.
   */
  private static boolean isCompletedLater(OptionSpec option) {
    return Options.isFlag(option) || option.isMultiValue() || option.inherited();
  }

  /**
   * What an option is set to: one setting, or of a map one for each key. Empty if nowhere.
   *
   * @param option of the command line that is completed
   */
  public List<Setting> find(OptionSpec option) {
    List<List<Setting>> layers = new ArrayList<>(file.find(option));
    layers.addAll(environment.find(option));
    if (layers.isEmpty()) {
      return List.of();
    }
    if (!Options.isMap(option)) {
      return layers.get(layers.size() - 1);
    }
    Map<String, Setting> byKey = new LinkedHashMap<>();
    layers.forEach(layer -> layer.forEach(s -> byKey.put(key(s), s)));
    return List.copyOf(byKey.values());
  }

  private static String key(Setting setting) {
    String pair = setting.values().get(0);
    return pair.substring(0, pair.indexOf('='));
  }

  /** Sets the flags, lists and maps that the command line left as they were. */
  public void complete(CommandLine.ParseResult parsed) {
    for (CommandLine.ParseResult p = parsed; p != null; p = p.subcommand()) {
      for (OptionSpec option : p.commandSpec().options()) {
        if (Options.isSetting(option) && isCompletedLater(option)) {
          complete(option, isGiven(parsed, option));
        }
      }
    }
  }

  /** Options that verbs inherit may stand before the verb. */
  private static boolean isGiven(CommandLine.ParseResult parsed, OptionSpec option) {
    for (CommandLine.ParseResult p = parsed; p != null; p = p.subcommand()) {
      if (p.hasMatchedOption(Options.longName(option))) {
        return true;
      }
    }
    return false;
  }

  private void complete(OptionSpec option, boolean given) {
    List<Setting> settings = find(option);
    if (settings.isEmpty() || given && !Options.isMap(option)) {
      return;
    }
    List<String> values = settings.stream().flatMap(s -> s.values().stream()).toList();
    Object typed = options.typed(option, values);
    if (given && typed instanceof Map<?, ?> map) {
      Map<Object, Object> merged = new LinkedHashMap<>(map);
      merged.putAll((Map<?, ?>) option.getValue());
      typed = merged;
    }
    option.setValue(typed);
  }
}
