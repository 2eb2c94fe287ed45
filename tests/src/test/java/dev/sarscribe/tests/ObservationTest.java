package dev.sarscribe.tests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running process tells, and that dashboard and alerts ask for nothing else. */
@Timeout(240)
class ObservationTest {
  private static final Path DEPLOY = LocalProcess.root().resolve("deploy");
  private static final Pattern PORT = Pattern.compile("health and metrics on (http://\\S+)");
  private static final Pattern METRIC = Pattern.compile("\\b[a-z]+(_[a-z]+){2,}\\b");
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir private Path folder;

  @Test
  void aProcessBecomesReadyAndExportsEveryMetricThatIsAskedFor() throws Exception {
    Path scenes = Files.createDirectories(folder.resolve("scenes"));
    Scenes.amplitude(scenes.resolve("scene.tif"), 600, 300, 1);
    try (var process =
        LocalProcess.start(folder.resolve("data"), scenes, "--http-port", "0", "--workers", "1")) {
      process.bootstrap();
      await(process, "/health/ready", answer -> answer.statusCode() == 200);
      HttpResponse<String> metrics =
          await(
              process,
              "/metrics",
              answer -> value(answer.body(), "sarscribe_caption_tiles_total") > 0);

      assertThat(get(process, "/health/live").body()).contains("\"status\":\"UP\"", "tiling");
      Set<String> exported =
          metrics
              .body()
              .lines()
              .filter(line -> !line.startsWith("#"))
              .map(line -> line.split("[{ ]", 2)[0])
              .collect(Collectors.toCollection(TreeSet::new));
      List<String> expressions = expressions();
      assertThat(expressions).hasSizeGreaterThan(25);
      for (String expression : expressions) {
        Set<String> asked = metrics(expression);
        assertThat(exported).as(expression).containsAll(asked);
        assertThat(asked.isEmpty()).as(expression).isEqualTo(expression.startsWith("up{"));
      }
    }
  }

  @Test
  void everyAlertIsInTheRunbook() throws Exception {
    String runbook = Files.readString(LocalProcess.root().resolve("docs/operations.md"));
    List<String> names = new YAMLMapper().readTree(alerts().toFile()).findValuesAsText("alert");
    assertThat(names).hasSizeGreaterThan(5);
    assertThat(names).allSatisfy(name -> assertThat(runbook).contains("`" + name + "`"));
  }

  private interface Condition {
    boolean holds(HttpResponse<String> answer);
  }

  private static HttpResponse<String> await(LocalProcess process, String path, Condition condition)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline && process.isAlive()) {
      HttpResponse<String> answer = get(process, path);
      if (condition.holds(answer)) {
        return answer;
      }
      Thread.sleep(200);
    }
    throw new AssertionError(path + " did not come to it:\n" + process.output());
  }

  private static HttpResponse<String> get(LocalProcess process, String path) throws Exception {
    Matcher address = PORT.matcher(process.output());
    assertThat(address.find()).as(process.output()).isTrue();
    var request =
        HttpRequest.newBuilder(URI.create(address.group(1) + path))
            .timeout(Duration.ofSeconds(20))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static double value(String metrics, String name) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  /** The names in an expression; those of labels and functions have fewer words. */
  private static Set<String> metrics(String expression) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = METRIC.matcher(expression.replaceAll("\\{[^}]*}", ""));
    while (matcher.find()) {
      names.add(matcher.group());
    }
    return names;
  }

  private static List<String> expressions() throws Exception {
    JsonNode dashboard =
        new ObjectMapper().readTree(DEPLOY.resolve("grafana/dashboard.json").toFile());
    List<String> expressions = new ArrayList<>(dashboard.findValuesAsText("expr"));
    expressions.addAll(new YAMLMapper().readTree(alerts().toFile()).findValuesAsText("expr"));
    return expressions;
  }

  private static Path alerts() {
    return DEPLOY.resolve("prometheus/alerts.yml");
  }
}
