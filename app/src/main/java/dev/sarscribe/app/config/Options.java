package dev.sarscribe.app.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * What the command line knows of its options, asked about by a configuration. Parses on a command
 * line of its own, which no verb is run from. Not thread-safe.
 */
final class Options {
  /** Options that make no sense in a file: they say which file, or ask for help. */
  private static final Set<String> NOT_SETTINGS =
      Set.of("--config", "--help", "--version", "--reference");

  /** What the names of all variables begin with that set options. */
  static final String VARIABLE_PREFIX = "SARSCRIBE_";

  private final CommandLine model;

  /**
   * @param model a command line that is used for nothing else
   */
  Options(CommandLine model) {
    this.model = model;
    collectErrors(model);
  }

  /** Has a command line collect what is wrong instead of throwing the first of it. */
  static void collectErrors(CommandLine command) {
    command.getCommandSpec().parser().collectErrors(true);
    command.getSubcommands().values().forEach(Options::collectErrors);
  }

  /** A command by the names that lead to it; the root's are none. */
  Optional<CommandLine> command(List<String> path) {
    CommandLine command = model;
    for (String name : path) {
      command = command.getSubcommands().get(name);
      if (command == null) {
        return Optional.empty();
      }
    }
    return Optional.of(command);
  }

  /** The names that lead to a command. */
  static List<String> path(CommandSpec command) {
    List<String> path = new ArrayList<>();
    for (CommandSpec spec = command; spec.parent() != null; spec = spec.parent()) {
      path.add(0, spec.name());
    }
    return path;
  }

  /** What a person typed, as far as it can be understood. */
  CommandLine.ParseResult parse(List<String> arguments) {
    return model.parseArgs(arguments.toArray(String[]::new));
  }

  /** Whether an option can be set in a file or by the environment. */
  static boolean isSetting(OptionSpec option) {
    return !option.hidden()
        && longName(option).startsWith("--")
        && Arrays.stream(option.names()).noneMatch(NOT_SETTINGS::contains);
  }

  /** Its name as a setting: the first of its long names. */
  static String name(OptionSpec option) {
    return longName(option).replaceFirst("^--", "");
  }

  static String longName(OptionSpec option) {
    return Arrays.stream(option.names())
        .filter(n -> n.startsWith("--"))
        .findFirst()
        .orElse(option.longestName());
  }

  /** The variables that set an option, one for each of its long names. */
  static List<String> variables(OptionSpec option) {
    return Arrays.stream(option.names())
        .filter(n -> n.startsWith("--"))
        .map(n -> VARIABLE_PREFIX + n.substring(2).replace('-', '_').toUpperCase(Locale.ROOT))
        .toList();
  }

  /** The variables that set an option of any command. */
  Set<String> variables() {
    Set<String> names = new TreeSet<>();
    collectVariables(model, names);
    return names;
  }

  private static void collectVariables(CommandLine command, Set<String> names) {
    command.getCommandSpec().options().stream()
        .filter(Options::isSetting)
        .map(Options::variables)
        .forEach(names::addAll);
    command.getSubcommands().values().forEach(c -> collectVariables(c, names));
  }

  /** The commands at and below a path that have an option of this name. */
  List<OptionSpec> find(List<String> path, String name) {
    List<OptionSpec> found = new ArrayList<>();
    command(path).ifPresent(c -> collect(c, "--" + name, found));
    return found;
  }

  private static void collect(CommandLine command, String name, List<OptionSpec> found) {
    OptionSpec option = command.getCommandSpec().findOption(name);
    if (option != null && isSetting(option)) {
      found.add(option);
    }
    command.getSubcommands().values().stream().distinct().forEach(c -> collect(c, name, found));
  }

  /** The names of the settings that a command has. */
  Set<String> names(List<String> path) {
    return command(path).stream()
        .flatMap(c -> c.getCommandSpec().options().stream())
        .filter(Options::isSetting)
        .map(Options::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static boolean isFlag(OptionSpec option) {
    return option.arity().max() == 0;
  }

  static boolean isMap(OptionSpec option) {
    return Map.class.isAssignableFrom(option.type());
  }

  /** What is wrong with the values for an option, if anything is. */
  Optional<String> problem(OptionSpec option, List<String> values) {
    if (values.size() != 1 && !option.isMultiValue()) {
      return Optional.of("takes one value, and these are " + values.size());
    }
    if (isFlag(option)) {
      return values.get(0).matches("true|false")
          ? Optional.empty()
          : Optional.of("'%s' is neither true nor false".formatted(values.get(0)));
    }
    return parse(option, values).errors().stream()
        .filter(e -> concerns(e, longName(option)))
        .findFirst()
        .map(e -> "'%s' is not %s".formatted(String.join("', '", values), expected(option, e)));
  }

  /** The values as the option's own type; they have no {@link #problem}. */
  Object typed(OptionSpec option, List<String> values) {
    if (isFlag(option)) {
      return Boolean.valueOf(values.get(0));
    }
    parse(option, values);
    return command(path(option.command()))
        .orElseThrow()
        .getCommandSpec()
        .findOption(longName(option))
        .getValue();
  }

  private CommandLine.ParseResult parse(OptionSpec option, List<String> values) {
    List<String> path = path(option.command());
    List<String> arguments = new ArrayList<>(path);
    values.forEach(value -> arguments.add(longName(option) + "=" + value));
    CommandLine.ParseResult parsed = parse(arguments);
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    return parsed;
  }

  /** Other errors than of this option come from asking about it alone. */
  private static boolean concerns(Exception error, String option) {
    return error instanceof ParameterException problem
        && !(error instanceof MissingParameterException)
        && problem.getArgSpec() instanceof OptionSpec of
        && longName(of).equals(option);
  }

  /** For a converter of our own, what it says. */
  private static String expected(OptionSpec option, Exception refusal) {
    CommandLine.Model.ITypeInfo type = option.typeInfo();
    Class<?>[] auxiliary = type.getAuxiliaryTypes();
    Class<?> single = type.isMultiValue() ? auxiliary[auxiliary.length - 1] : type.getType();
    if (single.isEnum()) {
      return "one of "
          + Arrays.stream(single.getEnumConstants())
              .map(c -> c.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    return switch (single.getSimpleName()) {
      case "int", "Integer", "long", "Long", "short", "Short" -> "a whole number in range";
      case "double", "Double", "float", "Float" -> "a number";
      case "URI", "URL" -> "an address (URI)";
      default -> "right: " + refusal.getMessage().replaceFirst("^Invalid value for [^:]*: ", "");
    };
  }
}
