package dev.sarscribe.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces <code>${env:NAME}</code> and <code>${file:PATH}</code> in values, so that no secret has
 * to be in a configuration file. The idiom is that of Kafka's configuration providers.
 */
final class References {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^:}]*):([^}]*)}");

  /** A key or a certificate chain is a few KiB. */
  private static final int MAX_BYTES = 64 * 1024;

  private final Map<String, String> environment;
  private final Set<String> variables = new HashSet<>();

  References(Map<String, String> environment) {
    this.environment = environment;
  }

  /** A reference that leads nowhere; the message says which and why. */
  static final class UnresolvedException extends Exception {
    private static final long serialVersionUID = 1L;

    UnresolvedException(String message) {
      super(message);
    }
  }

  /** Whether a value has references. */
  static boolean isIn(String value) {
    return REFERENCE.matcher(value).find();
  }

  /** The value with all of its references replaced; what they give is not looked at again. */
  String resolve(String value) throws UnresolvedException {
    Matcher matcher = REFERENCE.matcher(value);
    StringBuilder resolved = new StringBuilder();
    while (matcher.find()) {
      matcher.appendReplacement(
          resolved, Matcher.quoteReplacement(lookUp(matcher.group(1), matcher.group(2))));
    }
    return matcher.appendTail(resolved).toString();
  }

  private String lookUp(String provider, String what) throws UnresolvedException {
    return switch (provider) {
      case "env" -> variable(what);
      case "file" -> content(path(what));
      default ->
          throw new UnresolvedException(
              "${%s:…} is not known; there are ${env:NAME} and ${file:PATH}".formatted(provider));
    };
  }

  /** Names of the variables that were referred to so far. */
  Set<String> variables() {
    return Set.copyOf(variables);
  }

  private String variable(String name) throws UnresolvedException {
    variables.add(name);
    String value = environment.get(name);
    if (value == null) {
      throw new UnresolvedException("the environment has no " + name);
    }
    return value;
  }

  private static Path path(String name) throws UnresolvedException {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new UnresolvedException("${file:…} names no path: " + e.getReason());
    }
  }

  private static String content(Path file) throws UnresolvedException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new UnresolvedException("%s has more than %d bytes".formatted(file, MAX_BYTES));
      }
      // Editors end a file with a new line that no secret has.
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes))
          .toString()
          .stripTrailing();
    } catch (CharacterCodingException e) {
      throw new UnresolvedException(file + " is not UTF-8 text");
    } catch (IOException e) {
      throw new UnresolvedException(file + " cannot be read: " + e.getClass().getSimpleName());
    }
  }
}
