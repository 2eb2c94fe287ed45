package dev.sarscribe.app.config;

import dev.sarscribe.access.Redaction;
import java.util.regex.Pattern;

/** Which settings nobody may see, and how they are shown instead. */
public final class Secrets {
  private static final String MASK = "********";

  /** By the words of Kafka's, S3's and HTTP's names; the name of a file with secrets is none. */
  private static final Pattern NAME =
      Pattern.compile(
          "password|passphrase|secret|token(?!s|\\.endpoint)|jaas|credential(?!s$)|keystore\\.key|api-?key",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern OF_A_FILE = Pattern.compile("(-file|\\.location|\\.path)$");

  private Secrets() {}

  /** Whether a setting of this name holds a secret. */
  public static boolean isSecret(String name) {
    return NAME.matcher(name).find() && !OF_A_FILE.matcher(name).find();
  }

  /**
   * What may be shown of a value: of a secret nothing, of an address not its user, keys or tokens.
   */
  public static String shown(String name, String value) {
    return isSecret(name) ? MASK : Redaction.of(value);
  }

  /** What stands for a secret. */
  public static String mask() {
    return MASK;
  }
}
