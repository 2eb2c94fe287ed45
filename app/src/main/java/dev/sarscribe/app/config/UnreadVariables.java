package dev.sarscribe.app.config;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds variables that look like settings, and that nothing reads: misspelt ones, for instance. */
final class UnreadVariables {
  /** What a cluster sets in every pod beside a service whose name begins with this program's. */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile("SARSCRIBE_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\\d+_.*)");

  /** What a cluster sets {@code …_PORT} to; in a setting it is a number. */
  private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

  /** Of short names two letters may differ, as where two have changed places; of long ones more. */
  private static final int MIN_DISTANCE = 2;

  private static final int MAX_DISTANCE = 4;

  private UnreadVariables() {}

  /**
   * What is to be said of the environment, one line per variable, without values.
   *
   * @param known names that are read by whoever
   */
  static List<String> warnings(Map<String, String> environment, Set<String> known) {
    return new TreeMap<>(environment)
        .entrySet().stream()
            .filter(variable -> !isOfKubernetes(variable.getKey(), variable.getValue()))
            .map(Map.Entry::getKey)
            .filter(name -> name.startsWith(Options.VARIABLE_PREFIX))
            .filter(name -> !name.startsWith(Settings.KAFKA_VARIABLES) && !known.contains(name))
            .map(name -> warning(name, known))
            .toList();
  }

  private static boolean isOfKubernetes(String name, String value) {
    return OF_KUBERNETES.matcher(name).matches()
        || (name.endsWith("_PORT") && ADDRESS.matcher(value).matches());
  }

  private static String warning(String name, Set<String> known) {
    int third = Math.max(MIN_DISTANCE, (name.length() - Options.VARIABLE_PREFIX.length()) / 3);
    LevenshteinDistance distance = new LevenshteinDistance(Math.min(MAX_DISTANCE, third));
    Optional<String> nearest =
        known.stream()
            .filter(other -> distance.apply(name, other) >= 0)
            .min(
                Comparator.comparing((String other) -> distance.apply(name, other))
                    .thenComparing(other -> Math.abs(other.length() - name.length()))
                    .thenComparing(Comparator.naturalOrder()));
    return nearest
        .map(other -> "the variable %s is not read; is %s meant?".formatted(name, other))
        .orElseGet(
            () ->
                "the variable %s is not read; `sarscribe config --reference` lists all that are"
                    .formatted(name));
  }
}
