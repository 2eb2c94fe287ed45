package dev.sarscribe.app.config;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Writes the settings that a verb would run with, and where each comes from. */
public final class Effective {
  private static final String DEFAULT = "default";
  private static final String FLAG = "flag";

  private Effective() {}

  private record Line(String name, String value, String source) {}

  /**
   * One line per setting: name, value, source.
   *
   * @param root the command line that the settings complete
   * @param arguments a verb and its flags, as the command line would get them
   * @throws ParameterException if it would refuse them
   */
  public static String text(CommandLine root, Settings settings, List<String> arguments) {
    ParseResult parsed = parse(root, arguments);
    List<Line> lines = new ArrayList<>();
    for (OptionSpec option : parsed.commandSpec().options()) {
      if (Options.isSetting(option)) {
        lines.addAll(lines(option, settings.find(option), parsed));
      }
    }
    int names = lines.stream().mapToInt(l -> l.name().length()).max().orElse(0);
    int values = lines.stream().mapToInt(l -> l.value().length()).max().orElse(0);
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      text.append(line.name())
          .append(" ".repeat(names + 2 - line.name().length()))
          .append(line.value())
          .append(" ".repeat(values + 2 - line.value().length()))
          .append(line.source())
          .append(System.lineSeparator());
    }
    return text.toString();
  }

  /** What a verb needs beside its settings, such as a file to work on, may be missing. */
  private static ParseResult parse(CommandLine root, List<String> arguments) {
    Options.collectErrors(root);
    ParseResult parsed = root.parseArgs(arguments.toArray(String[]::new));
    while (true) {
      for (Exception error : parsed.errors()) {
        if (error instanceof ParameterException refused
            && !(error instanceof MissingParameterException)) {
          throw refused;
        }
      }
      if (!parsed.hasSubcommand()) {
        return parsed;
      }
      parsed = parsed.subcommand();
    }
  }

  private static List<Line> lines(OptionSpec option, List<Setting> settings, ParseResult parsed) {
    String name = Options.name(option);
    List<Line> lines = new ArrayList<>();
    if (Options.isMap(option)) {
      settings.forEach(s -> lines.add(entry(name, s)));
      given(option, parsed)
          .forEach(pair -> lines.add(entry(name, new Setting(List.of(pair), FLAG, false))));
    } else if (parsed.hasMatchedOption(option)) {
      List<String> given = given(option, parsed);
      String value = given.isEmpty() ? "true" : String.join(",", given);
      lines.add(new Line(name, Secrets.shown(name, value), FLAG));
    } else if (!settings.isEmpty()) {
      Setting setting = settings.get(0);
      lines.add(new Line(name, shown(name, setting), setting.source()));
    } else {
      lines.add(new Line(name, byDefault(option), DEFAULT));
    }
    return lines;
  }

  private static Line entry(String option, Setting setting) {
    String pair = setting.values().get(0);
    String key = pair.substring(0, pair.indexOf('='));
    String section = option.equals(SettingsFile.KAFKA_OPTION) ? SettingsFile.KAFKA : option;
    var value =
        new Setting(List.of(pair.substring(key.length() + 1)), setting.source(), setting.secret());
    return new Line(section + "." + key, shown(key, value), setting.source());
  }

  private static List<String> given(OptionSpec option, ParseResult parsed) {
    return parsed.hasMatchedOption(option)
        ? parsed.matchedOption(Options.longName(option)).originalStringValues()
        : List.of();
  }

  private static String shown(String name, Setting setting) {
    return setting.secret()
        ? Secrets.mask()
        : Secrets.shown(name, String.join(",", setting.values()));
  }

  private static String byDefault(OptionSpec option) {
    if (option.defaultValue() != null) {
      return option.defaultValue();
    }
    Object value = option.initialValue();
    return value == null || value.equals(List.of()) ? "-" : value.toString();
  }
}
