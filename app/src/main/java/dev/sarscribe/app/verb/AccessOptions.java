package dev.sarscribe.app.verb;

import dev.sarscribe.access.AccessException;
import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import dev.sarscribe.access.HostPattern;
import dev.sarscribe.access.HttpAccess;
import dev.sarscribe.access.HttpProxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Which machines may be asked, and what they are shown. */
public final class AccessOptions {
  @Option(
      names = "--allow-host",
      paramLabel = "HOST",
      split = ",",
      description =
          "Only host that is asked, as data.example.org or *.example.org; give it"
              + " several times for more (default: any public host).")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--allow-private-network",
      description =
          "Ask private, loopback and link-local addresses too, for instance a server of"
              + " your own; metadata services of clouds are never asked.")
  private boolean privateNetwork;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description =
          "YAML list of what hosts are shown: entries with host, kind (bearer, basic, header,"
              + " query, oauth2, sas) and what the kind needs; readable by its owner only."
              + " SARSCRIBE_CDSE_USERNAME and SARSCRIBE_CDSE_PASSWORD log in to the Copernicus"
              + " Data Space, SARSCRIBE_EARTHDATA_TOKEN to NASA Earthdata.")
  private Path credentials;

  @Option(
      names = "--http-proxy",
      paramLabel = "URL|environment|none",
      defaultValue = HttpProxy.ENVIRONMENT,
      description =
          "Proxy that servers are asked through, as http://proxy.example.org:3128. environment"
              + " (the default) takes HTTPS_PROXY and HTTP_PROXY, with user and password if they"
              + " have one, or Java's properties. Hosts of NO_PROXY, and this machine, are asked"
              + " directly; names that lead to private addresses are refused with a proxy, too.")
  private String proxy = HttpProxy.ENVIRONMENT;

  /** Adds what is wrong with the options. */
  void check(List<String> problems) {
    try {
      policy(System.getenv());
      credentials(System.getenv());
    } catch (IllegalArgumentException | AccessException e) {
      problems.add(e.getMessage());
    }
  }

  /** A client, which the caller closes. */
  HttpAccess open() throws AccessException {
    return HttpAccess.open(policy(System.getenv()), credentials(System.getenv()));
  }

  /**
   * @throws IllegalArgumentException if a host is none, or the proxy
   */
  AccessPolicy policy(Map<String, String> environment) {
    return AccessPolicy.DEFAULT
        .withHosts(hosts.stream().map(HostPattern::new).toList())
        .withPrivateNetworks(privateNetwork)
        .withProxy(HttpProxy.read(proxy, environment));
  }

  /** Those of the file, and then those of the environment. */
  Credentials credentials(Map<String, String> environment) throws AccessException {
    Credentials ofEnvironment = Credentials.ofEnvironment(environment);
    return credentials == null
        ? ofEnvironment
        : Credentials.read(credentials).orElse(ofEnvironment);
  }
}
