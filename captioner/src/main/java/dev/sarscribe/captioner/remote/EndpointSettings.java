package dev.sarscribe.captioner.remote;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Where a remote model answers and how it is asked.
 *
 * @param base of the API, for instance {@code http://localhost:8000/v1}; http or https, without
 *     user, query and fragment
 * @param model as the server names it; empty for the only one that it serves
 * @param key sent as a bearer token
 * @param concurrency requests in flight per captioner, 1 to 256
 * @param timeout of one request from its start to the last byte of the answer, 1 s to 1 h
 * @param maxTokens of one answer, which holds all texts of a tile, 16 to 32,768
 * @param logprobs whether the server is asked for its tokens' probabilities; without them
 *     confidences are unknown
 * @param insecure whether plain http may leave the loopback and private networks
 */
public record EndpointSettings(
    URI base,
    Optional<String> model,
    Optional<ApiKey> key,
    int concurrency,
    Duration timeout,
    int maxTokens,
    boolean logprobs,
    boolean insecure) {
  public static final int DEFAULT_CONCURRENCY = 8;

  /** A large model that writes 2,048 tokens at 20 a second is done in it. */
  public static final int DEFAULT_TIMEOUT_S = 120;

  /** Two captions and the standard questions with their ids take about a third. */
  public static final int DEFAULT_MAX_TOKENS = 2048;

  private static final Duration MAX_TIMEOUT = Duration.ofHours(1);
  private static final int MAX_CONCURRENCY = 256;
  private static final int MIN_TOKENS = 16;
  private static final int MAX_TOKENS = 32_768;
  private static final int MAX_NAME_LENGTH = 256;

  /**
   * @throws IllegalArgumentException with every problem found
   */
  public EndpointSettings {
    List<String> problems = new ArrayList<>(problemsOf(base));
    model
        .filter(name -> name.isBlank() || name.length() > MAX_NAME_LENGTH)
        .ifPresent(name -> problems.add("the endpoint's model has an empty or endless name"));
    requireWithin(problems, "concurrency", concurrency, 1, MAX_CONCURRENCY);
    requireWithin(problems, "timeout in s", timeout.toSeconds(), 1, MAX_TIMEOUT.toSeconds());
    requireWithin(problems, "max tokens", maxTokens, MIN_TOKENS, MAX_TOKENS);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  /** The settings of a server that wants no key and serves one model. */
  public static EndpointSettings of(URI base) {
    return new EndpointSettings(
        base,
        Optional.empty(),
        Optional.empty(),
        DEFAULT_CONCURRENCY,
        Duration.ofSeconds(DEFAULT_TIMEOUT_S),
        DEFAULT_MAX_TOKENS,
        false,
        false);
  }

  /** Whether the connection is encrypted. */
  boolean isEncrypted() {
    return scheme(base).equals("https");
  }

  /** A resource of the API, for instance {@code models}. */
  URI resolve(String resource) {
    return URI.create(base.toString().replaceFirst("/+$", "") + "/" + resource);
  }

  private static List<String> problemsOf(URI base) {
    if (base.getRawUserInfo() != null) {
      // Not shown: it is a secret.
      return List.of("the endpoint's URL holds a user or password; a key belongs into a file");
    }
    if (!List.of("http", "https").contains(scheme(base)) || base.getHost() == null) {
      return List.of("endpoint %s is no http or https URL with a host".formatted(base));
    }
    if (base.getRawQuery() != null || base.getRawFragment() != null) {
      return List.of("the endpoint's URL has a query or a fragment; name the base of the API");
    }
    return List.of();
  }

  private static String scheme(URI uri) {
    return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static void requireWithin(
      List<String> problems, String name, long value, long min, long max) {
    if (value < min || value > max) {
      problems.add(
          "endpoint %s is %d; it must be between %d and %d".formatted(name, value, min, max));
    }
  }
}
