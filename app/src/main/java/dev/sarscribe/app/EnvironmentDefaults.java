package dev.sarscribe.app;

import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options that are not given come from the environment: {@code --bootstrap-server} from {@code
 * SARSCRIBE_BOOTSTRAP_SERVER}, and so on for every option that takes a value.
 */
final class EnvironmentDefaults implements CommandLine.IDefaultValueProvider {
  private final Map<String, String> environment;

  EnvironmentDefaults(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.arity().max() == 0) {
      return null;
    }
    return environment.get(variable(option.longestName()));
  }

  static String variable(String option) {
    return "SARSCRIBE_"
        + option.replaceFirst("^--?", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
