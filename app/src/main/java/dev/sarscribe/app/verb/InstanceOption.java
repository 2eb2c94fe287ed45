package dev.sarscribe.app.verb;

import java.net.InetAddress;
import java.net.UnknownHostException;
import picocli.CommandLine.Option;

/** What a process is called among those that share its work. */
public final class InstanceOption {
  @Option(
      names = "--instance",
      paramLabel = "NAME",
      description =
          "Name of this process among those that share the work. With one that stays the same over"
              + " restarts, as a StatefulSet's pods have it, the next start resumes at once (default:"
              + " host name and process id).")
  private String instance;

  /** As given, or unique among the processes that share the work. */
  String name() {
    if (instance != null) {
      return instance;
    }
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "host";
    }
    return host.replaceAll("[^a-zA-Z0-9._-]", "-") + "-" + ProcessHandle.current().pid();
  }
}
