package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.app.Sarscribe;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a process would run with, by `sarscribe config`, which refuses what the verb would. */
final class EffectiveSettings {
  private EffectiveSettings() {}

  /**
   * Of each setting its value and, after two spaces, its source.
   *
   * @param arguments a verb and its flags
   * @throws AssertionError if the command refuses them
   */
  static Map<String, String> of(Map<String, String> environment, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("config"));
    words.addAll(arguments);
    String[] line = words.toArray(String[]::new);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    var command = Sarscribe.commandLine(environment, line);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    assertThat(command.execute(line)).as("%s: %s", arguments, err).isZero();
    Map<String, String> settings = new TreeMap<>();
    for (String row : out.toString().lines().toList()) {
      String[] columns = row.split(" {2,}", 3);
      settings.put(columns[0], columns[1] + "  " + columns[2]);
    }
    return settings;
  }
}
