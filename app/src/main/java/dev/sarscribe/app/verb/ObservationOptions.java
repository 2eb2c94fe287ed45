package dev.sarscribe.app.verb;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.service.Observation;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Where a process that runs for long tells its health and metrics. */
public final class ObservationOptions {
  private static final int MAX_PORT = 65_535;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description =
          "Serve /metrics, /health/live and /health/ready here; 0 for any free port (default:"
              + " nowhere).")
  private Integer port;

  @Option(
      names = "--http-host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description =
          "Address to serve them on; 0.0.0.0 for every one of this machine (default:"
              + " ${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  @Option(
      names = "--stall-limit",
      paramLabel = "SECONDS",
      defaultValue = "900",
      description =
          "A thread that has been in one step for longer makes the process not live (default:"
              + " ${DEFAULT-VALUE}).")
  private long stallLimitS = 900;

  /**
   * Starts to serve, if a port is asked for, and says where.
   *
   * @throws CommandFailedException if an option is out of range
   * @throws IOException if nothing can listen there
   */
  Observation open(PrintWriter out) throws CommandFailedException, IOException {
    check();
    if (port == null) {
      return Observation.none();
    }
    Observation observation = Observation.on(host, port, Duration.ofSeconds(stallLimitS));
    out.printf("health and metrics on http://%s:%d%n", host, observation.port().orElseThrow());
    out.flush();
    return observation;
  }

  private void check() throws CommandFailedException {
    if (port != null && (port < 0 || port > MAX_PORT)) {
      throw new CommandFailedException("--http-port is %d; it must be 0 to 65535".formatted(port));
    }
    if (stallLimitS < 1) {
      throw new CommandFailedException(
          "--stall-limit is %d; it must be at least 1 second".formatted(stallLimitS));
    }
  }
}
