package dev.sarscribe.app.service;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sarscribe.stream.StageHealth;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whether the parts of a process are alive and ready. Alive: it can make progress, so that starting
 * it anew would not help. Ready: it takes work now. Thread-safe.
 */
public final class Health {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A problem for a person; empty while there is none. */
  private record Part(Supplier<Optional<String>> live, Supplier<Optional<String>> ready) {}

  /**
   * What one question found.
   *
   * @param problems by part; an empty one is a part that is well
   */
  public record Report(Map<String, Optional<String>> problems) {
    public Report {
      problems = new LinkedHashMap<>(problems);
    }

    /** Whether every part is well. */
    public boolean isUp() {
      return problems.values().stream().allMatch(Optional::isEmpty);
    }

    /** As MicroProfile Health has it: status, and the checks with what is wrong. */
    String json() {
      ObjectNode root = JSON.createObjectNode();
      root.put("status", status(isUp()));
      ArrayNode checks = root.putArray("checks");
      problems.forEach(
          (name, problem) -> {
            ObjectNode check = checks.addObject();
            check.put("name", name);
            check.put("status", status(problem.isEmpty()));
            problem.ifPresent(text -> check.putObject("data").put("problem", text));
          });
      return root.toString();
    }

    private static String status(boolean up) {
      return up ? "UP" : "DOWN";
    }
  }

  private final Duration stallLimit;
  private final Map<String, Part> parts = new ConcurrentHashMap<>();

  /**
   * @param stallLimit a thread that has been in one step for longer is taken for stuck
   */
  public Health(Duration stallLimit) {
    this.stallLimit = stallLimit;
  }

  /** A part that is being opened: alive, and not ready until it is {@link #started}. */
  public void starting(String name) {
    parts.put(name, new Part(Optional::empty, () -> Optional.of("it is being opened")));
  }

  /** A part that runs. */
  public void started(String name, StageHealth stage) {
    parts.put(
        name,
        new Part(
            () -> failure(stage::failure).or(() -> stage.stuck(stallLimit)),
            () -> failure(stage::failure).or(stage::waitingFor)));
  }

  private static Optional<String> failure(Supplier<Optional<Throwable>> failure) {
    return failure.get().map(cause -> "it stopped for good: " + cause);
  }

  /** Whether each part can make progress. */
  public Report live() {
    return report(Part::live);
  }

  /** Whether each part takes work; a process of which no part is known yet does not. */
  public Report ready() {
    return parts.isEmpty()
        ? new Report(Map.of("process", Optional.of("it is being started")))
        : report(Part::ready);
  }

  private Report report(Function<Part, Supplier<Optional<String>>> question) {
    Map<String, Optional<String>> problems = new LinkedHashMap<>();
    parts.keySet().stream()
        .sorted()
        .forEach(name -> problems.put(name, question.apply(parts.get(name)).get()));
    return new Report(problems);
  }
}
