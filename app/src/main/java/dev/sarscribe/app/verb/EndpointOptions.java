package dev.sarscribe.app.verb;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.remote.ApiKey;
import dev.sarscribe.captioner.remote.EndpointSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The server of the remote engine. What is not given is null here. */
public final class EndpointOptions {
  /** Holds the key of an endpoint. Not an option: a command line is seen by every user. */
  public static final String KEY_VARIABLE = "SARSCRIBE_ENDPOINT_KEY";

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description =
          "Base of an OpenAI-compatible API for --engine remote, as in http://localhost:8000/v1.")
  private URI endpoint;

  @Option(
      names = "--endpoint-model",
      paramLabel = "NAME",
      description = "Its model (default: the only one that it serves).")
  private String model;

  @Option(
      names = "--endpoint-key-file",
      paramLabel = "FILE",
      description = "Holds its API key (default: the key in " + KEY_VARIABLE + ", or none).")
  private Path keyFile;

  @Option(
      names = "--endpoint-concurrency",
      paramLabel = "N",
      description =
          "Requests in flight per worker (default: "
              + EndpointSettings.DEFAULT_CONCURRENCY
              + "); a batch has no more than its tiles.")
  private Integer concurrency;

  @Option(
      names = "--endpoint-timeout",
      paramLabel = "SECONDS",
      description =
          "Longest time of one request (default: " + EndpointSettings.DEFAULT_TIMEOUT_S + ").")
  private Integer timeoutS;

  @Option(
      names = "--endpoint-max-tokens",
      paramLabel = "N",
      description =
          "Longest answer, which holds all texts of a tile (default: "
              + EndpointSettings.DEFAULT_MAX_TOKENS
              + ").")
  private Integer maxTokens;

  @Option(
      names = "--endpoint-logprobs",
      description = "Ask for token probabilities; without them confidences are unknown.")
  private boolean logprobs;

  @Option(names = "--endpoint-insecure", description = "Allow plain http to a public address.")
  private boolean insecure;

  /** The options given, by name. */
  List<String> given() {
    List<String> names = new ArrayList<>();
    addIf(names, endpoint != null, "--endpoint");
    addIf(names, model != null, "--endpoint-model");
    addIf(names, keyFile != null, "--endpoint-key-file");
    addIf(names, concurrency != null, "--endpoint-concurrency");
    addIf(names, timeoutS != null, "--endpoint-timeout");
    addIf(names, maxTokens != null, "--endpoint-max-tokens");
    addIf(names, logprobs, "--endpoint-logprobs");
    addIf(names, insecure, "--endpoint-insecure");
    return names;
  }

  private static void addIf(List<String> list, boolean condition, String item) {
    if (condition) {
      list.add(item);
    }
  }

  /**
   * The settings that the options ask for.
   *
   * @param environment where the key may be
   * @param problems takes what is wrong with them
   * @return empty if something is wrong
   */
  Optional<EndpointSettings> settings(Map<String, String> environment, List<String> problems) {
    Optional<ApiKey> key = key(environment, problems);
    if (endpoint == null) {
      problems.add("--engine remote needs --endpoint URL");
      return Optional.empty();
    }
    try {
      return Optional.of(
          new EndpointSettings(
              endpoint,
              Optional.ofNullable(model),
              key,
              orElse(concurrency, EndpointSettings.DEFAULT_CONCURRENCY),
              Duration.ofSeconds(orElse(timeoutS, EndpointSettings.DEFAULT_TIMEOUT_S)),
              orElse(maxTokens, EndpointSettings.DEFAULT_MAX_TOKENS),
              logprobs,
              insecure));
    } catch (IllegalArgumentException e) {
      problems.add(e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<ApiKey> key(Map<String, String> environment, List<String> problems) {
    String variable = environment.get(KEY_VARIABLE);
    if (variable != null && keyFile != null) {
      problems.add("the API key is in both %s and --endpoint-key-file".formatted(KEY_VARIABLE));
      return Optional.empty();
    }
    try {
      if (variable != null) {
        return Optional.of(ApiKey.of(variable));
      }
      return keyFile == null ? Optional.empty() : Optional.of(ApiKey.read(keyFile));
    } catch (IllegalArgumentException e) {
      problems.add(KEY_VARIABLE + ": " + e.getMessage());
    } catch (CaptionerException e) {
      problems.add(e.getMessage());
    }
    return Optional.empty();
  }

  private static int orElse(Integer given, int usual) {
    return given == null ? usual : given;
  }
}
